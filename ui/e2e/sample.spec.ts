/** What `make run` shows: the sample's two services, under our own tracer. */
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { browse, visit } from './server';

const root = resolve(import.meta.dirname, '../..');
const python = process.env.SAMPLE_PYTHON ?? resolve(root, '.venv/sample/bin/python');
let browser: Browser;
let sample: ChildProcess;
let ui: string;

beforeAll(async () => {
  if (!existsSync(python))
    throw new Error(`${python} is missing; run make test-ui, or name one in SAMPLE_PYTHON`);
  browser = await browse();
  sample = spawn(python, [resolve(root, 'sample/run.py'), '--apart', '--rate', '20'], {
    env: { ...process.env, SAMPLE_PYTHON: python },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  ui = await new Promise<string>((found, failed) => {
    const read = (chunk: Buffer) => {
      said += String(chunk);
      const m = /Hoofprint is at\s+(http:\/\/\S+)/.exec(said);
      if (m) found(m[1]);
    };
    sample.stdout?.on('data', read);
    sample.stderr?.on('data', read);
    sample.on('exit', (code) => failed(new Error(`the sample ended with ${code}: ${said}`)));
  });
});
afterAll(async () => {
  await browser?.close();
  if (sample && sample.exitCode === null) {
    sample.removeAllListeners('exit');
    const ended = new Promise((done) => sample.once('exit', done));
    sample.kill('SIGTERM');
    await ended;
  }
});

test('both services, their traces, and one request through Flask, Jinja2, sqlite3 and the second service', async () => {
  // Before the first span is stored the page is that of the first run.
  await expect
    .poll(
      async () => {
        const { services } = (await (await fetch(ui + '/api/v1/services')).json()) as {
          services: { name: string }[];
        };
        return services.map((s) => s.name).sort();
      },
      { timeout: 30_000 },
    )
    .toEqual(['shop', 'stock']);
  const { page, complaints } = await visit(browser);
  await page.goto(ui + '/services');
  for (const name of ['shop', 'stock']) {
    const row = page.getByRole('row').filter({ has: page.locator('a.service', { hasText: name }) });
    await row.first().waitFor();
    // requests a second, an error share, and three latencies
    expect(await row.first().textContent()).toMatch(/\d\s*\/(s|min|h).*\d\s*(µs|ms|s)/);
  }

  // The page of an item; buying one renders nothing.
  const asked = 'service:stock name:fastapi.request resource:"GET /stock/{item}"';
  await page.goto(ui + '/traces?q=' + encodeURIComponent(asked));
  await page.locator('a[href*="/trace/"]').first().waitFor();
  await page.locator('a[href*="/trace/"]').first().click();
  const tree = page.getByRole('treegrid');
  await tree.waitFor();
  const rows = (await tree.getByRole('row').allTextContents()).join('\n');
  expect(rows).toMatch(/GET \/item|\/buy|GET \/|POST/);
  const id = /trace\/([0-9a-f]{32})/.exec(page.url())?.[1];
  const trace = (await (await fetch(`${ui}/api/v1/trace/${id}`)).json()) as {
    spans: { name: string; service: string }[];
    missing_parents: number;
  };
  const names = new Set(trace.spans.map((s) => s.name));
  for (const name of [
    'flask.request',
    'jinja2.render',
    'sqlite.query',
    'requests.request',
    'fastapi.request',
  ])
    expect(names).toContain(name);
  expect(trace.missing_parents).toBe(0);
  // Each span of the trace that the page does not fold has its row.
  expect(await tree.getAttribute('aria-rowcount')).not.toBe('0');
  expect(complaints).toEqual([]);
});
