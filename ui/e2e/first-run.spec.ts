import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { checkout, send } from './seed';
import { browse, serve, visit, type Server } from './server';

let server: Server;
let browser: Browser;
beforeAll(async () => {
  server = await serve();
  browser = await browse();
});
afterAll(async () => {
  await browser?.close();
  await server?.stop();
});

test('the first run names this server, listens, and opens the first trace by itself', async () => {
  const { page, complaints } = await visit(browser);
  await page.goto(server.ui);
  await page.getByRole('heading', { name: 'Send the first trace' }).waitFor();
  const port = new URL(server.intake).port;
  await page.getByText(`127.0.0.1:${port}`, { exact: true }).waitFor();
  expect(await page.locator('.command pre').nth(1).textContent()).toContain(
    `DD_TRACE_AGENT_URL=${server.intake}`,
  );
  await page.getByRole('tab', { name: 'Docker' }).click();
  expect(await page.locator('.command pre').nth(1).textContent()).toContain('/apm.socket');

  expect(await page.getByText('An application asks what we offer').count()).toBe(1);
  await fetch(server.intake + '/info');
  await page.getByText('An application asked what we offer').waitFor();

  await send(server.intake, checkout(Date.now() - 6000));
  await page.waitForURL(/\/trace\/6740c1e8000000004f1c09be77a2d310$/);
  await page.getByRole('treegrid').waitFor();
  expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe('POST /cart/confirm');
  expect(complaints).toEqual([]);
});
