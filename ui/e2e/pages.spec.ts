import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { checkout, send, traffic } from './seed';
import { browse, serve, visit, type Server, type Visit } from './server';

const ID = '6740c1e8000000004f1c09be77a2d310';
const now = Date.now();
let server: Server;
let browser: Browser;
let v: Visit;
let page: Page;

beforeAll(async () => {
  server = await serve();
  browser = await browse();
  await send(server.intake, traffic(now - 4000, 4000));
  await send(server.intake, checkout(now - 200_000));
});
afterAll(async () => {
  await browser?.close();
  await server?.stop();
});
beforeEach(async () => {
  v = await visit(browser);
  page = v.page;
});
afterEach(async () => {
  expect(v.complaints).toEqual([]);
  await page.context().close();
});

const open = async (address: string) => {
  await page.goto(server.ui + address);
  await page.waitForLoadState('networkidle');
};
const address = () => page.evaluate(() => location.pathname + location.search);
const focused = () => page.evaluate(() => document.activeElement?.textContent?.trim() ?? '');
const json = async <T>(path: string): Promise<T> =>
  (await fetch(server.ui + '/api/v1' + path)).json() as Promise<T>;
const row = (name: string) => page.getByRole('row').filter({ hasText: name });

test('home lists the services with what the server counted', async () => {
  await open('/');
  const { services } = await json<{ services: { name: string; requests: number }[] }>('/services');
  expect(await page.locator('a.service').allTextContents()).toEqual(services.map((s) => s.name));
  expect(await page.getByText('No usual range yet: under 3 days of data.').isVisible()).toBe(true);
  const inferred = await json<{ inferred: { name: string }[] }>('/services');
  expect(inferred.inferred.map((i) => i.name)).toContain('redis:session');
  expect(
    await page.getByText(`${services.length} traced, ${inferred.inferred.length} inferred`).count(),
  ).toBe(1);
  expect(await page.locator('footer').getByText('Storage', { exact: true }).count()).toBe(1);
});

test('a column sorts, the address holds it, back undoes it', async () => {
  await open('/services');
  await page.getByRole('button', { name: 'p99', exact: true }).click();
  expect(await address()).toBe('/services?sort=p99');
  const slowest = await page.locator('a.service').first().textContent();
  await page.getByRole('button', { name: 'p99' }).click();
  expect(await address()).toBe('/services?sort=-p99');
  expect(await page.locator('a.service').last().textContent()).toBe(slowest);
  await page.goBack();
  expect(await page.locator('a.service').first().textContent()).toBe(slowest);
});

test('from a service over a resource to its spans', async () => {
  await open('/services?from=-4h');
  await page.getByRole('link', { name: 'checkout', exact: true }).last().click();
  await page.getByRole('heading', { name: 'checkout' }).waitFor();
  expect(await address()).toBe('/services/checkout?from=-4h');
  await page.getByRole('link', { name: 'POST /checkout/confirm' }).click();
  await page.getByRole('heading', { name: 'Spans', exact: true }).waitFor();
  expect(decodeURIComponent(await address())).toBe(
    '/traces?from=-4h&q=service:checkout resource:"POST /checkout/confirm"',
  );
});

test('keys: rows, pages, range, zone, theme and their map', async () => {
  await open('/services');
  await page.locator('a.service').first().waitFor();
  await page.keyboard.press('j');
  await page.keyboard.press('j');
  const second = await page.locator('a.service').nth(1).textContent();
  expect(await focused()).toBe(second);
  await page.keyboard.press('k');
  expect(await focused()).toBe(await page.locator('a.service').first().textContent());
  await page.keyboard.press('t');
  await page.waitForURL(/\/traces\?q=service:/);
  await page.keyboard.press('g');
  await page.keyboard.press('s');
  await page.waitForURL(/\/services$/);
  await page.keyboard.press('-');
  expect(await address()).toBe('/services?from=-2h');
  await page.keyboard.press('+');
  expect(await address()).toBe('/services');
  await page.keyboard.press('[');
  expect(await address()).toMatch(/\?from=\d+&to=\d+$/);
  await page.keyboard.press('h');
  expect(await address()).toBe('/services');
  await page.keyboard.press('u');
  expect(await address()).toBe('/services?utc=1');
  await page.keyboard.press('u');
  const paper = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const before = await paper();
  await page.keyboard.press('d');
  expect(await paper()).not.toBe(before);
  await page.reload();
  expect(await paper()).not.toBe(before);
  await page.keyboard.press('?');
  const map = page.getByRole('dialog', { name: 'Keyboard' });
  expect(await map.getByText('its traces').isVisible()).toBe(true);
  await page.keyboard.press('Escape');
  expect(await map.count()).toBe(0);
});

test('single letters can be switched off', async () => {
  await open('/services');
  await page.keyboard.press('?');
  await page.getByLabel('Single letters work as keys').uncheck();
  await page.keyboard.press('Escape');
  await page.keyboard.press('u');
  expect(await address()).toBe('/services');
});

test('search finds services, resources and trace ids', async () => {
  await open('/services');
  await page.keyboard.press('/');
  await page.keyboard.type('invent');
  await page
    .getByRole('option', { name: /inventory/ })
    .first()
    .waitFor();
  await page.keyboard.press('Enter');
  await page.waitForURL(/\/services\/inventory$/);
  await page.keyboard.press('/');
  await page.keyboard.type(ID);
  await page.keyboard.press('Enter');
  await page.waitForURL(new RegExp('/trace/' + ID));
  await page.keyboard.press('/');
  await page.keyboard.type('dd.trace_id=' + ID);
  await page.getByRole('option', { name: `${ID} trace` }).waitFor();
  await page.keyboard.press('Control+a');
  await page.keyboard.type('dd.span_id=12093576573175053507');
  await page.getByRole('option', { name: /span$/ }).waitFor();
  await page.keyboard.press('Enter');
  await page.waitForURL(/q=span_id:12093576573175053507$/);
  await page.keyboard.press('/');
  await page.keyboard.type('POST /che');
  await page.getByRole('option', { name: /POST \/checkout\/confirm/ }).waitFor();
  await page.keyboard.press('Escape');
  expect(await page.getByRole('listbox').count()).toBe(0);
});

test('the largest values are shares of what was searched for', async () => {
  await open('/traces?q=service:checkout status:error');
  const values = page.getByLabel('Largest values').getByRole('button');
  await values.first().waitFor();
  // Facets of these two count what the search leaves out.
  const keys = await values.locator('.ink-2').allTextContents();
  expect(keys).toContain('resource');
  expect(keys).not.toContain('status');
  expect(keys).not.toContain('service');
});

test('environment and time are chosen from their menus', async () => {
  await open('/services');
  await page.getByRole('button', { name: 'Environment' }).click();
  await page.getByRole('button', { name: /^prod/ }).click();
  expect(await address()).toBe('/services?env=prod');
  await page.getByRole('button', { name: /^Time range/ }).click();
  await page.getByRole('button', { name: 'Last 15 m' }).click();
  expect(await address()).toBe('/services?env=prod&from=-15m');
  await page.goBack();
  expect(await address()).toBe('/services?env=prod');
});

test('a drag on the Track chooses the time', async () => {
  await open('/services');
  const box = (await page.locator('.track .plot').boundingBox())!;
  await page.mouse.move(box.x + box.width * 0.25, box.y + 10);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.5, box.y + 10, { steps: 5 });
  await page.mouse.up();
  const m = /from=(\d+)&to=(\d+)/.exec(await address());
  expect(m).not.toBeNull();
  const width = Number(m![2]) - Number(m![1]);
  expect(Math.abs(width - 15 * 60e3)).toBeLessThan(60e3);
});

test('a query is built from completions and facets, and is the same after a reload', async () => {
  await open('/traces');
  await page.getByLabel('Query: one more term').click();
  await page.keyboard.type('service:check');
  const offer = page.getByRole('option', { name: /^checkout/ });
  await offer.waitFor();
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await page.waitForURL(/q=service:checkout$/);
  await page.keyboard.press('Escape');
  const facet = page.getByRole('checkbox', { name: /^error/ });
  await facet.click();
  await page.waitForURL(/status:error/);
  expect(await facet.getAttribute('aria-checked')).toBe('true');
  await page.waitForLoadState('networkidle');
  const { total } = await json<{ total: number }>('/spans?q=service:checkout%20status:error');
  expect(total).toBeGreaterThan(5);
  const said = async () => (await page.locator('.summary b').textContent())?.replace(/\D/g, '');
  expect(await said()).toBe(String(total));
  const before = await page.locator('a.open').allTextContents();
  await page.reload();
  await page.waitForLoadState('networkidle');
  expect(await said()).toBe(String(total));
  expect(await page.locator('a.open').allTextContents()).toEqual(before);
  await page.getByRole('button', { name: 'Remove status:error' }).click();
  expect(await address()).toBe('/traces?q=service:checkout');
});

test('a brush names what its spans have in common, and the address holds it', async () => {
  await open('/traces?q=service:checkout');
  const heat = page.getByRole('img', { name: /^Latency over time/ });
  const box = (await heat.boundingBox())!;
  await page.mouse.move(box.x + box.width * 0.5, box.y + 2);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.97, box.y + 60, { steps: 6 });
  await page.mouse.up();
  expect(await address()).toMatch(/&sel=\d+,\d+,\d+,\d+$/);
  const aside = page.getByRole('complementary', { name: /different/ });
  await aside.getByText('@db.lock_wait').waitFor();
  const selected = Number((await aside.getByText(/ selected$/).textContent())!.replace(/\D/g, ''));
  expect(selected).toBeGreaterThan(5);
  const kept = await address();
  await page.reload();
  await page.waitForLoadState('networkidle');
  expect(await address()).toBe(kept);
  expect(Number((await aside.getByText(/ selected$/).textContent())!.replace(/\D/g, ''))).toBe(selected);
  await page.locator('main').click({ position: { x: 4, y: 4 } });
  await page.keyboard.press('Escape');
  expect(await address()).toBe('/traces?q=service:checkout');
});

test('arrows brush without a mouse', async () => {
  await open('/traces?q=service:checkout');
  await page.getByRole('img', { name: /^Latency over time/ }).focus();
  await page.keyboard.press('ArrowRight');
  const first = /sel=([\d,]+)/
    .exec(await address())![1]
    .split(',')
    .map(Number);
  await page.keyboard.press('ArrowRight');
  const moved = /sel=([\d,]+)/
    .exec(await address())![1]
    .split(',')
    .map(Number);
  expect(moved[0]).toBeGreaterThan(first[0]);
  await page.keyboard.press('Shift+ArrowRight');
  const wider = /sel=([\d,]+)/
    .exec(await address())![1]
    .split(',')
    .map(Number);
  expect(wider[1] - wider[0]).toBeGreaterThan(moved[1] - moved[0]);
});

test('the picture has a table behind it', async () => {
  // A range in which nothing grows too old between the page's question and ours.
  await open('/traces?from=-4h&q=service:checkout');
  await page.keyboard.press('v');
  const cells = await page.locator('.heat table tbody td:nth-child(2)').allTextContents();
  const { total } = await json<{ total: number }>('/spans?from=-4h&q=service:checkout');
  expect(cells.reduce((sum, c) => sum + Number(c.replace(/\D/g, '')), 0)).toBe(total);
  await page.keyboard.press('v');
  expect(await page.locator('.heat table').count()).toBe(0);
});

test('rows being read do not move; what is new is counted', async () => {
  await open('/traces');
  await page.locator('a.open').nth(40).scrollIntoViewIfNeeded();
  await page.mouse.wheel(0, 600);
  const top = await page.locator('a.open').first().getAttribute('href');
  const late = traffic(Date.now(), 10).slice(0, 3);
  const start = BigInt(Date.now() + 500) * 1000000n;
  await send(
    server.intake,
    late.map((s, i) => ({
      ...s,
      start,
      trace_id: 0x79000000n + BigInt(i),
      span_id: 0x79000000n + BigInt(i),
      parent_id: 0n,
    })),
  );
  const fresh = page.getByRole('button', { name: '3 new' });
  await fresh.waitFor();
  expect(await page.locator('a.open').first().getAttribute('href')).toBe(top);
  await fresh.click();
  await expect
    .poll(() => page.locator('a.open').first().getAttribute('href'), { timeout: 10_000 })
    .not.toBe(top);
});

test('nothing found says which term to drop', async () => {
  await open('/traces?q=service:checkout%20@user.tier:nobody');
  await page.getByText('No span matches').waitFor();
  await page.getByText('there would be').first().waitFor();
  await page.getByRole('button', { name: 'Drop that filter' }).click();
  await page.waitForURL(/q=service:checkout$/);
});

test('a wrong term is named, in words', async () => {
  const failing = page.waitForResponse((r) => r.url().includes('/spans') && r.status() === 400);
  await open('/traces?q=duration:%3Esoon');
  await failing;
  expect((await page.getByRole('alert').first().textContent())?.length).toBeGreaterThan(10);
  // The browser reports each 400 on its console; these were asked for.
  v.complaints = v.complaints.filter((c) => !c.includes('400'));
});

test('the list shows traces, with columns, in the order asked', async () => {
  await open('/traces?q=service:checkout&cols=@user.tier&sort=slowest');
  const took = await page.locator('tbody .dur .number').allTextContents();
  expect(took.length).toBe(50);
  expect(took[0]).toMatch(/\d\ss$/);
  expect(await page.getByRole('columnheader', { name: '@user.tier' }).count()).toBe(1);
  await page.getByRole('button', { name: 'Traces', exact: true }).click();
  expect(await address()).toMatch(/mode=traces/);
  await page.locator('tbody a.open').first().click();
  await page.waitForURL(/\/trace\/[0-9a-f]{32}$/);
});

test('the waterfall folds equal statements, names missing parents and open spans', async () => {
  await open('/trace/' + ID);
  expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe('POST /cart/confirm');
  const group = row('SELECT id, name, price').first();
  expect(await group.textContent()).toContain('×38');
  expect(await group.getAttribute('aria-expanded')).toBe('false');
  expect(await row('parent not received').count()).toBe(1);
  expect(await row('mail.send_apology').textContent()).toContain('…');
  const before = Number(await page.getByRole('treegrid').getAttribute('aria-rowcount'));
  await group.getByRole('button', { name: 'Unfold' }).click();
  expect(Number(await page.getByRole('treegrid').getAttribute('aria-rowcount'))).toBe(before + 38);
  expect(await address()).toMatch(/fold=g[0-9a-f]+$/);
  await page.reload();
  await page.waitForLoadState('networkidle');
  expect(Number(await page.getByRole('treegrid').getAttribute('aria-rowcount'))).toBe(before + 38);
});

test('the span panel shows error, statement, stack and tags; Esc closes it, back too', async () => {
  await open('/trace/' + ID);
  await row('UPDATE stock_level').click();
  const panel = page.getByRole('complementary', { name: 'Span' });
  await panel.getByText('psycopg.errors.LockNotAvailable').waitFor();
  expect(await panel.locator('pre').first().textContent()).toContain('UPDATE stock_level\n   SET reserved');
  await panel.getByText('inventory/stock.py').waitFor();
  expect(await panel.getByText('all on the critical path').count()).toBe(1);
  await panel.getByRole('tab', { name: /^Tags/ }).click();
  expect(await address()).toMatch(/tab=tags/);
  const filter = panel.getByRole('link', { name: 'Filter by stock.warehouse' });
  expect(await filter.getAttribute('href')).toContain('q=@stock.warehouse:LEJ-2');
  await page.goBack();
  expect(await address()).not.toMatch(/tab=/);
  await panel.getByRole('tab', { name: 'Error' }).focus();
  await page.keyboard.press('Escape');
  expect(await panel.count()).toBe(0);
  expect(await page.evaluate(() => document.activeElement?.getAttribute('role'))).toBe('treegrid');
  await page.goBack();
  await panel.waitFor();
});

test('keys walk the waterfall', async () => {
  await open('/trace/' + ID);
  const chosen = () => page.locator('[role=row][aria-selected=true]').getAttribute('aria-label');
  await page.keyboard.press('j');
  expect(await chosen()).toContain('POST /cart/confirm');
  await page.keyboard.press('j');
  expect(await chosen()).toContain('django.middleware.chain');
  await page.keyboard.press('ArrowLeft');
  expect(await page.getByRole('treegrid').getAttribute('aria-rowcount')).toBe('4');
  // The next error lies in the fold; it opens.
  await page.keyboard.press('e');
  expect(await chosen()).toContain('cart.views.confirm');
  await page.keyboard.press('E');
  expect(await chosen()).toContain('django.middleware.chain');
  await page.keyboard.press('f');
  await page.keyboard.type('rollback');
  await page.keyboard.press('Enter');
  expect(await chosen()).toContain('ROLLBACK');
  await page.keyboard.press('Escape');
  const axis = () => page.locator('.waterfall .axis').textContent();
  const whole = await axis();
  await page.keyboard.press('z');
  await page.waitForTimeout(50);
  expect(await axis()).not.toBe(whole);
  await page.keyboard.press('Z');
  await page.waitForTimeout(50);
  expect(await axis()).toBe(whole);
  const path = page.getByRole('button', { name: /Critical path/ });
  await page.keyboard.press('c');
  expect(await path.getAttribute('aria-pressed')).toBe('false');
});

test('an unknown trace says so', async () => {
  await open('/trace/' + 'f'.repeat(32));
  await page.getByRole('heading', { name: 'No trace of this id is stored' }).waitFor();
  v.complaints = v.complaints.filter((c) => !c.includes('404'));
});

test('an unknown address says so', async () => {
  await open('/nowhere/at/all');
  await page.getByRole('heading', { name: 'There is no page at this address' }).waitFor();
});

test('a failed panel leaves the others alone and can be asked again', async () => {
  await page.route('**/api/v1/heatmap*', (r) =>
    r.fulfill({ status: 500, json: { error: { message: 'block 7 is unreadable' } } }),
  );
  await open('/traces');
  await page.getByText('block 7 is unreadable').waitFor();
  expect(await page.locator('a.open').count()).toBe(50);
  await page.unroute('**/api/v1/heatmap*');
  await page.getByRole('button', { name: 'Try again' }).click();
  await page.getByText('block 7 is unreadable').waitFor({ state: 'detached' });
  v.complaints = v.complaints.filter((c) => !c.includes('500'));
});

test('following shows new spans by itself; standing still does not', async () => {
  await open('/services/payments?from=-5m');
  const count = async () => (await page.locator('.under').first().textContent())!;
  const before = await count();
  const one = traffic(Date.now() - 1000, 400)
    .filter((s) => s.service === 'payments')
    .slice(0, 5);
  one.forEach((s, i) => {
    s.trace_id = 0x77000000n + BigInt(i);
    s.span_id = s.trace_id;
    s.start = BigInt(Date.now() - 1500) * 1000000n;
  });
  await send(server.intake, one);
  await expect.poll(count, { timeout: 15_000 }).not.toBe(before);
  await page.getByRole('button', { name: 'Following' }).click();
  const still = await count();
  await send(
    server.intake,
    one.map((s, i) => ({ ...s, trace_id: 0x78000000n + BigInt(i), span_id: 0x78000000n + BigInt(i) })),
  );
  await page.waitForTimeout(6000);
  expect(await count()).toBe(still);
});

test('the phone reads without scrolling sideways', async () => {
  await page.setViewportSize({ width: 390, height: 844 });
  for (const at of ['/services', '/services/checkout', '/traces', '/traces?mode=traces', '/trace/' + ID]) {
    await open(at);
    const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    expect([at, over]).toEqual([at, 0]);
  }
});

test('each page has one h1, landmarks, and charts that say what they show', async () => {
  for (const at of ['/services', '/services/checkout', '/traces', '/trace/' + ID]) {
    await open(at);
    expect([at, await page.locator('h1').count()]).toEqual([at, 1]);
    expect(await page.getByRole('banner').count()).toBe(1);
    expect(await page.getByRole('main').count()).toBe(1);
    const nameless = await page.evaluate(() =>
      [...document.querySelectorAll('[role=img], button, a[href], input')]
        .filter(
          (e) =>
            !(e.getAttribute('aria-label') ?? '') &&
            !e.textContent?.trim() &&
            !e.closest('label') &&
            !(e as HTMLInputElement).labels?.length,
        )
        .map((e) => e.outerHTML.slice(0, 120)),
    );
    expect([at, nameless]).toEqual([at, []]);
  }
});
