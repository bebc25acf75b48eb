import { getContext, setContext } from 'svelte';
import { get, url, type Params } from './api/client';
import type { Status } from './api/types';
import { EMPTY, format, link, parse, type Address } from './lib/address';
import { absolute, backToNow, parseRange, type Range } from './lib/time';

/** How often a page that follows asks again, ms. */
const POLL = 4000;

/** Clocks closer than this (ms) count as equal: the answer itself takes time. */
const SKEW = 2000;

type Theme = 'system' | 'light' | 'dark';

/** What the whole product shares: the address, the clock, the theme and what the server says of itself. */
export class App {
  address = $state.raw<Address>(EMPTY);
  /** The clock that relative ranges end at; it moves only while following. */
  now = $state(Date.now());
  following = $state(true);
  theme = $state<Theme>('system');
  status = $state.raw<Status | undefined>();
  statusFailed = $state(false);
  /** Single-letter keys; the reader may switch them off. */
  letters = $state(localStorage.getItem('letters') !== 'off');
  /** Where the pointer stands in time on any chart of the page. */
  cursor = $state<number | undefined>();

  range: Range = $derived(parseRange(this.address.from, this.address.to, this.now));
  live = $derived(this.following && this.range.relative);

  /** How far the server's clock is ahead of the browser's, ms; small differences do not count. */
  #skew = 0;

  /** The time by the server's clock: ranges are about its spans. */
  clock = () => Date.now() + this.#skew;

  constructor() {
    this.address = parse(location.pathname, location.search);
    const stored = localStorage.getItem('theme');
    if (stored === 'light' || stored === 'dark') this.theme = stored;
    addEventListener('popstate', () => {
      this.address = parse(location.pathname, location.search);
      this.now = this.clock();
    });
    void this.#readStatus();
    setInterval(() => this.#tick(), POLL);
    // A tab that comes back shows what is now, not what was.
    document.addEventListener('visibilitychange', () => this.#tick());
  }

  #tick() {
    if (document.hidden) return;
    if (this.live) this.now = this.clock();
    void this.#readStatus();
  }

  async #readStatus() {
    try {
      const status = await get<Status>(url('/status'));
      const skew = status.now - Date.now();
      const moved = Math.abs(skew) > SKEW && Math.abs(skew - this.#skew) > SKEW;
      this.#skew = Math.abs(skew) > SKEW ? skew : 0;
      if (moved) this.now = this.clock();
      this.status = status;
      this.statusFailed = false;
    } catch {
      this.statusFailed = true;
    }
  }

  /** Changes the address of this page. `replace` keeps the history as it is. */
  change(patch: Partial<Address>, replace = false) {
    this.visit({ ...this.address, ...patch }, replace);
  }

  /** Goes to a full address. */
  visit(to: Address, replace = false) {
    const target = format(to);
    if (target === location.pathname + location.search) {
      this.address = to;
      return;
    }
    const turned = to.page !== this.address.page || to.subject !== this.address.subject;
    if (replace) history.replaceState(null, '', target);
    else history.pushState(null, '', target);
    this.address = to;
    if (turned) {
      this.cursor = undefined;
      scrollTo(0, 0);
    }
  }

  /** The address of another page, with environment and time. */
  href(to: Partial<Address>): string {
    return format(link(this.address, to));
  }

  go(to: Partial<Address>) {
    this.visit(link(this.address, to));
  }

  setRange(from: string, to: string) {
    this.now = this.clock();
    this.change({ from, to, sel: undefined });
  }

  setAbsolute(from: number, to: number) {
    const a = absolute(from, to);
    this.setRange(a.from, a.to);
  }

  /** Back to a range that ends now, and follow it. */
  toNow() {
    this.following = true;
    const r = backToNow(this.range);
    this.setRange(this.range.relative ? this.address.from : r.from, 'now');
  }

  toggleFollow() {
    if (!this.range.relative) {
      this.toNow();
      return;
    }
    this.following = !this.following;
    if (this.following) this.now = this.clock();
  }

  /** The other theme than the one shown. */
  toggleTheme() {
    const dark =
      this.theme === 'dark' ||
      (this.theme === 'system' && matchMedia('(prefers-color-scheme: dark)').matches);
    this.theme = dark ? 'light' : 'dark';
    localStorage.setItem('theme', this.theme);
    document.documentElement.dataset.theme = this.theme;
  }

  setLetters(on: boolean) {
    this.letters = on;
    localStorage.setItem('letters', on ? 'on' : 'off');
  }

  /** `from`, `to` and `env` of every question about the range in view. */
  scope(more: Params = {}): Params & { from: number; to: number } {
    return {
      from: Math.round(this.range.from),
      to: Math.round(this.range.to),
      env: this.address.env,
      ...more,
    };
  }
}

const KEY = Symbol('app');
export const provideApp = (app: App) => setContext(KEY, app);
export const useApp = () => getContext<App>(KEY);
