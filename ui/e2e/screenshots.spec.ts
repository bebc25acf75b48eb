/** Pictures to hold against the design, in screenshots/. Run with SCREENSHOTS=1. */
import { mkdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { checkout, large, send, traffic } from './seed';
import { browse, serve, visit, type Server } from './server';

const out = resolve(import.meta.dirname, '../screenshots');

describe.runIf(process.env.SCREENSHOTS)('screenshots', () => {
  let server: Server;
  let browser: Browser;
  const now = Date.now();
  beforeAll(async () => {
    await mkdir(out, { recursive: true });
    server = await serve();
    browser = await browse();
  });
  afterAll(async () => {
    await browser?.close();
    await server?.stop();
  });

  /** The id of the statement that waited for its lock. */
  async function updateSpan(): Promise<string> {
    const answer = await fetch(server.ui + '/api/v1/trace/6740c1e8000000004f1c09be77a2d310');
    const { spans } = (await answer.json()) as { spans: { span_id: string; resource: string }[] };
    return spans.find((s) => s.resource.startsWith('UPDATE'))?.span_id ?? '';
  }

  test('pages', async () => {
    const { page: first } = await visit(browser);
    await first.goto(server.ui);
    await first.waitForTimeout(800);
    await first.screenshot({ path: out + '/08-first-run-light.png' });
    await first.close();

    await send(server.intake, traffic(now - 4000, 9000));
    await send(server.intake, checkout(now - 200_000));
    const id = '6740c1e8000000004f1c09be77a2d310';
    const x0 = now - 28 * 60e3;
    const x1 = now - 2 * 60e3;
    const sel = `${x0},${x1},900000000,6000000000`;
    for (const theme of ['light', 'dark'] as const) {
      const { page } = await visit(browser, { dark: theme === 'dark' });
      const shoot = async (address: string, name: string, act?: () => Promise<void>) => {
        await page.goto(server.ui + address);
        await page.waitForLoadState('networkidle');
        await act?.();
        await page.waitForTimeout(400);
        await page.screenshot({ path: `${out}/${name}-${theme}.png` });
      };
      await shoot('/services', '01-home');
      await shoot('/services/checkout', '02-service');
      await shoot('/traces', '03-traces-all');
      await shoot(
        `/traces?q=service:checkout&sel=${sel}&cols=@user.tier,@cart.items`,
        '03-traces',
        async () => {
          await page.getByLabel('Query: one more term').click();
          await page.keyboard.type('@user.');
          await page.waitForTimeout(400);
        },
      );
      await shoot('/traces?mode=traces', '03-traces-list');
      await shoot(`/trace/${id}`, '04-waterfall-rest');
      await shoot(`/trace/${id}`, '04-waterfall', async () => {
        await page.getByText('UPDATE stock_level SET').first().click();
      });
      await page.close();
    }
    await send(server.intake, large(now - 120_000));
    const { page: big } = await visit(browser, { dark: true });
    await big.goto(server.ui + '/trace/6740c1e80000000000000000b16b00b5');
    await big.waitForLoadState('networkidle');
    await big.screenshot({ path: out + '/04-large-dark.png' });

    const { page } = await visit(browser, { width: 390, height: 844, touch: true });
    for (const [address, name] of [
      ['/services', '09-home'],
      ['/traces', '09-traces'],
      ['/services/checkout', '09-service'],
      ['/traces?q=service:checkout&mode=traces', '09-list'],
      [`/trace/${id}`, '09-trace'],
      [`/trace/${id}?span=` + (await updateSpan()), '09-span'],
    ]) {
      await page.goto(server.ui + address);
      await page.waitForLoadState('networkidle');
      await page.waitForTimeout(400);
      if (name === '09-list') await page.locator('.list').scrollIntoViewIfNeeded();
      await page.screenshot({ path: `${out}/${name}-390.png` });
    }
  }, 180_000);
});
