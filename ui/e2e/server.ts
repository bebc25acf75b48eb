/** The real binary and a real browser, for the tests. */
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { chromium, type Browser, type Page } from 'playwright-core';

const binary = process.env.HOOFPRINT_BIN ?? resolve(import.meta.dirname, '../../bin/hoofprint');

export interface Server {
  /** The address of the pages. */
  ui: string;
  /** The address of the intake. */
  intake: string;
  stop: () => Promise<void>;
}

/** Starts `hoofprint serve` on free ports with a store of its own. */
export async function serve(): Promise<Server> {
  if (!existsSync(binary))
    throw new Error(`${binary} is missing; run make build, or name the binary in HOOFPRINT_BIN`);
  const data = await mkdtemp(join(tmpdir(), 'hoofprint-ui-'));
  const child: ChildProcess = spawn(
    binary,
    [
      'serve',
      '--data',
      data,
      '--listen',
      '127.0.0.1:0',
      '--ui',
      '127.0.0.1:0',
      '--socket',
      join(data, 'apm.socket'),
    ],
    // A run directory of its own: whoever is traced on this machine stays with their own server.
    { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, HOOFPRINT_RUN_DIR: join(data, 'run') } },
  );
  let said = '';
  const ui = await new Promise<string>((found, failed) => {
    const timer = setTimeout(
      () => failed(new Error(`hoofprint serve named no address in 20 s; it said: ${said}`)),
      20_000,
    );
    const read = (chunk: Buffer) => {
      said += String(chunk);
      const m = /services at (http:\/\/\S+)/.exec(said);
      if (m) {
        clearTimeout(timer);
        found(m[1]);
      }
    };
    child.stdout?.on('data', read);
    child.stderr?.on('data', read);
    child.on('exit', (code) => failed(new Error(`hoofprint serve ended with ${code}: ${said}`)));
  });
  const status = (await (await fetch(ui + '/api/v1/status')).json()) as { intake: { addresses: string[] } };
  const intake = status.intake.addresses.find((a) => a.startsWith('http'));
  if (!intake)
    throw new Error(`the status names no http address of the intake: ${JSON.stringify(status.intake)}`);
  return {
    ui,
    intake,
    stop: async () => {
      child.removeAllListeners('exit');
      const ended = new Promise((done) => child.once('exit', done));
      child.kill('SIGTERM');
      await ended;
      await rm(data, { recursive: true, force: true });
    },
  };
}

/** Chromium, quiet and alone. */
export const browse = (): Promise<Browser> =>
  chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });

export interface Visit {
  page: Page;
  /** What the console said that it should not have. */
  complaints: string[];
}

/** A page of 1440 x 900; complaints of its console are kept. */
export async function visit(
  browser: Browser,
  options: { dark?: boolean; width?: number; height?: number; reduced?: boolean; touch?: boolean } = {},
): Promise<Visit> {
  const context = await browser.newContext({
    viewport: { width: options.width ?? 1440, height: options.height ?? 900 },
    colorScheme: options.dark ? 'dark' : 'light',
    reducedMotion: options.reduced === false ? 'no-preference' : 'reduce',
    hasTouch: options.touch ?? false,
    isMobile: options.touch ?? false,
    timezoneId: 'UTC',
  });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('console', (m) => {
    if (m.type() === 'error' || m.type() === 'warning') complaints.push(m.text());
  });
  page.on('pageerror', (e) => complaints.push(String(e)));
  return { page, complaints };
}
