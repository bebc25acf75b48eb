import { ApiError, get } from './client';

/** How long a request runs before the page says that it is reading. */
const SLOW_AFTER = 300;

/**
 * What one part of a page shows: the last answer, and what is being asked
 * since. Old data stays while new data is on its way or when it failed.
 */
export class Load<T> {
  data = $state.raw<T | undefined>();
  error = $state.raw<ApiError | undefined>();
  /** Asked, not answered, for longer than SLOW_AFTER. */
  slow = $state(false);
  /** The answer shown belongs to an earlier question. */
  stale = $state(false);
  #asked = '';
  #abort: AbortController | undefined;

  /** Asks; the same address again only when `again` is set. An empty one forgets everything. */
  async ask(address: string, again = false): Promise<void> {
    if (address === this.#asked && !again) return;
    this.#abort?.abort();
    const refresh = sameQuestion(address, this.#asked);
    this.#asked = address;
    if (!address) {
      this.data = undefined;
      this.error = undefined;
      this.slow = false;
      this.stale = false;
      return;
    }
    const abort = new AbortController();
    this.#abort = abort;
    this.stale = this.data !== undefined && !refresh;
    const timer = setTimeout(() => (this.slow = true), SLOW_AFTER);
    try {
      const data = await get<T>(address, abort.signal);
      if (abort.signal.aborted) return;
      this.data = data;
      this.error = undefined;
      this.stale = false;
    } catch (cause) {
      if (abort.signal.aborted) return;
      this.error = cause instanceof ApiError ? cause : new ApiError(String(cause), 0, address, '');
    } finally {
      clearTimeout(timer);
      if (this.#abort === abort) this.slow = false;
    }
  }

  retry = () => void this.ask(this.#asked, true);

  stop = () => {
    this.#abort?.abort();
    this.slow = false;
  };
}

/** Whether two addresses differ only in where their range stands: following the clock. */
function sameQuestion(a: string, b: string): boolean {
  const strip = (s: string) => s.replace(/([?&])(from|to)=[^&]*/g, '$1');
  return strip(a) === strip(b);
}
