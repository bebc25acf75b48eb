import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { checkout, send } from './seed';
import { browse, serve, visit, type Server, type Visit } from './server';

const DAY = 24 * 3600e3;
const now = Date.now();
let server: Server;
let bare: Server;
let browser: Browser;
let v: Visit;
let page: Page;

const place = (line: number, more = {}) => ({
  change: 'span-set-tag-str',
  name: 'Span.set_tag_str',
  file: '/srv/shop/checkout/views.py',
  line,
  function: 'confirm',
  count: 3,
  first: now - DAY,
  last: now - 3600e3,
  ...more,
});
const process = (id: string, service: string, more = {}) => ({
  id,
  service,
  env: 'prod',
  version: '1.0',
  lang_version: '3.13.1',
  bridge: true,
  first: now - 9 * DAY,
  last: now,
  ...more,
});

async function tell(to: Server, processes: unknown[]): Promise<void> {
  const answer = await fetch(to.intake + '/hoofprint/v1/uses', {
    method: 'POST',
    body: JSON.stringify({ processes }),
  });
  if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`);
}

beforeAll(async () => {
  server = await serve();
  bare = await serve();
  browser = await browse();
  await send(server.intake, checkout(now - 200_000));
  await send(bare.intake, checkout(now - 200_000));
  await tell(server, [
    process('a', 'checkout', { uses: [place(41), place(88, { count: 12_345, last: now - 60_000 })] }),
    process('b', 'checkout', { version: '1.1', uses: [place(41, { count: 4 })] }),
    process('c', 'payments'),
    process('d', 'inventory', { first: now - 2 * DAY }),
    process('e', 'storefront', {
      env: 'staging',
      uses: [
        place(7, {
          change: 'from-a-newer-tracer',
          name: 'Pin.override',
          first: now - 9 * DAY,
          last: now - 8.5 * DAY,
        }),
      ],
    }),
  ]);
});
afterAll(async () => {
  await browser?.close();
  await server?.stop();
  await bare?.stop();
});
beforeEach(async () => {
  v = await visit(browser);
  page = v.page;
});
afterEach(async () => {
  expect(v.complaints).toEqual([]);
  await page.context().close();
});

const open = async (address: string, at = server, on = page) => {
  await on.goto(at.ui + address);
  await on.getByRole('heading', { name: 'Migration', level: 1 }).waitFor();
  await on.waitForLoadState('networkidle');
};
const address = () => page.evaluate(() => location.pathname + location.search);
const rows = async (section: string) =>
  (await page.getByRole('region', { name: section }).locator('tbody tr').allInnerTexts()).map((t) =>
    t.replace(/\s+(?=:\d)/g, '').replace(/\s+/g, ' '),
  );

test('services by how far they are, and each place once', async () => {
  await page.goto(server.ui + '/services');
  await page
    .getByRole('navigation', { name: 'Pages', exact: true })
    .getByRole('link', { name: 'Migration' })
    .click();
  await page.getByRole('heading', { name: 'When v4 is safe' }).waitFor();
  expect(await address()).toBe('/migration');
  const services = await rows('When v4 is safe');
  expect(services[0]).toMatch(/^checkout 2 uses left 9 d 2 /);
  const state = (name: string) => services.find((s) => s.startsWith(name + ' '));
  expect(state('pricing')).toContain('Bridge off');
  expect(state('inventory')).toContain('No use so far');
  expect(state('payments')).toContain('Safe for v4');
  expect(state('storefront')).toContain('Safe for v4');
  const uses = await rows('Uses');
  expect(uses.length).toBe(3);
  expect(uses[0]).toContain('checkout/views.py:88');
  expect(uses[0]).toContain('12 345');
  expect(uses[1]).toContain('views.py:41');
  expect(uses[1]).toMatch(/ 7 1 h /);
  expect(uses[2]).toContain('Pin.override');
  expect(await page.getByText('3\u00a0places, 1 not seen for 7 days').count()).toBe(1);
  expect(await page.getByRole('cell', { name: 'Span.set_tag(key, value)', exact: true }).count()).toBe(2);
});

test('the address holds what it is narrowed to', async () => {
  await open('/migration');
  await page.getByRole('link', { name: 'checkout', exact: true }).first().click();
  await page.waitForURL(/\?service=checkout$/);
  await page.getByText('2\u00a0places', { exact: true }).waitFor();
  await page.getByRole('link', { name: 'Span.set_tag_str' }).first().click();
  await page.waitForURL(/service=checkout&change=span-set-tag-str$/);
  await page.getByRole('button', { name: 'All, not only service checkout' }).click();
  expect(await address()).toBe('/migration?change=span-set-tag-str');
  await page.goBack();
  expect(await address()).toBe('/migration?service=checkout&change=span-set-tag-str');
  await page.getByRole('button', { name: '14 days' }).click();
  expect(await address()).toBe('/migration?service=checkout&change=span-set-tag-str&days=14');
  await open('/migration?env=staging');
  expect(await page.getByRole('region', { name: 'Uses' }).locator('tbody tr').count()).toBe(1);
  await open('/migration?service=payments');
  await page.getByText('No use of what v4 removed was seen.').waitFor();
  await open('/migration?service=nobody');
  await page.getByRole('button', { name: 'All services' }).click();
  await page.getByRole('heading', { name: 'When v4 is safe' }).waitFor();
});

test('fourteen days bring back what seven have left behind', async () => {
  await open('/migration?days=14');
  const services = await rows('When v4 is safe');
  expect(services.find((s) => s.startsWith('storefront '))).toContain('1 use left');
  expect(services.find((s) => s.startsWith('payments '))).toContain('No use so far');
});

test('sorted by a column, copied, and on to the traces', async () => {
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await open('/migration');
  await page.getByRole('button', { name: 'Where' }).click();
  expect(await address()).toBe('/migration?sort=file');
  expect((await rows('Uses'))[0]).toContain('views.py:41');
  await page.getByRole('button', { name: 'Copy /srv/shop/checkout/views.py:41' }).first().click();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe('/srv/shop/checkout/views.py:41');
  await page.keyboard.press('Escape');
  await page.keyboard.press('j');
  expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Span.set_tag_str');
  await page.keyboard.press('t');
  await page.waitForURL(/\/traces\?q=service:checkout$/);
  await page.keyboard.press('g');
  await page.keyboard.press('v');
  await page.waitForURL(/\/migration$/);
});

test('where nothing runs with the bridge the page says how', async () => {
  await open('/migration', bare);
  await page.getByText('DD_V3_BRIDGE=true ddtrace-run python app.py').waitFor();
  await page.getByText('hoofprint migrate --runtime').waitFor();
  expect((await rows('When v4 is safe')).every((s) => s.includes('Bridge off'))).toBe(true);
  expect(await page.getByRole('region', { name: 'Uses' }).count()).toBe(0);
});

test('nothing scrolls sideways, on a phone and on a narrow screen, in both themes', async () => {
  for (const options of [
    { width: 390, height: 844, touch: true, dark: true },
    { width: 800 },
    { width: 390, touch: true },
  ]) {
    const narrow = await visit(browser, options);
    for (const [at, path] of [
      [server, '/migration'],
      [bare, '/migration'],
    ] as const) {
      await open(path, at, narrow.page);
      const [wide, inner] = await narrow.page.evaluate(() => [
        document.documentElement.scrollWidth,
        innerWidth,
      ]);
      expect(wide).toBeLessThanOrEqual(inner);
    }
    await open('/migration', server, narrow.page);
    await narrow.page
      .getByText('/srv/shop/checkout/views.py:88')
      .or(narrow.page.getByText('…/shop/checkout/views.py'))
      .first()
      .waitFor();
    expect(narrow.complaints).toEqual([]);
    await narrow.page.context().close();
  }
});
