/**
 * Spans for the tests: the same every time but for the time they end at. One
 * hour of a shop of several services, one failing checkout in detail, and one
 * trace of 10,000 spans.
 */
import { encode, type Value } from './msgpack';

export interface Span {
  trace_id: bigint;
  span_id: bigint;
  parent_id: bigint;
  name: string;
  service: string;
  resource: string;
  type: string;
  start: bigint;
  duration: bigint;
  error: bigint;
  meta: Record<string, string>;
  metrics: Record<string, number>;
}

/** A small generator with a fixed seed (mulberry32), from 0 to 1. */
export function random(seed: number): () => number {
  let a = seed;
  return () => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

const MS = 1e6;
const HIGH = '6740c1e800000000';

interface Spec {
  service: string;
  name: string;
  resource: string;
  type?: string;
  /** ms since the trace's start. */
  at: number;
  /** ms. */
  took: number;
  error?: [type: string, message: string, stack?: string];
  tags?: Record<string, string>;
  numbers?: Record<string, number>;
  children?: Spec[];
}

/** Turns nested specs into the spans of one trace. `start` is Unix ms. */
export function trace(id: bigint, start: number, root: Spec): Span[] {
  const spans: Span[] = [];
  let next = 1n;
  const walk = (s: Spec, parent: bigint, parentService: string) => {
    const span: Span = {
      trace_id: id,
      span_id: BigInt.asUintN(63, id * 100000n) + next++,
      parent_id: parent,
      name: s.name,
      service: s.service,
      resource: s.resource,
      type: s.type ?? 'web',
      start: BigInt(Math.round((start + s.at) * 1000)) * 1000n,
      duration: BigInt(Math.round(s.took * MS)),
      error: s.error ? 1n : 0n,
      meta: { env: 'prod', language: 'python', ...s.tags },
      metrics: { ...s.numbers },
    };
    if (parent === 0n) {
      span.meta['_dd.p.tid'] = HIGH;
      span.metrics['_sampling_priority_v1'] = 1;
    }
    if (s.error) {
      span.meta['error.type'] = s.error[0];
      span.meta['error.message'] = s.error[1];
      if (s.error[2]) span.meta['error.stack'] = s.error[2];
    }
    void parentService;
    spans.push(span);
    for (const c of s.children ?? []) walk(c, span.span_id, s.service);
  };
  walk(root, 0n, '');
  return spans;
}

const SELECT_CART = 'SELECT id, sku, qty, price FROM cart WHERE id = %s AND state IN (%s, %s) ORDER BY added';
const RESERVE = 'UPDATE stock_level SET reserved = reserved + %s WHERE sku = ANY(%s) AND warehouse = %s';

export const STACK = `Traceback (most recent call last):
  File "/usr/lib/python3.13/site-packages/fastapi/routing.py", line 301, in app
    raw_response = await run_endpoint_function(
  File "/srv/inventory/db.py", line 117, in retrying
    return call()
  File "/srv/inventory/views.py", line 41, in reserve
    reserve_lines(cart.lines, warehouse)
  File "/srv/inventory/stock.py", line 88, in reserve_lines
    cur.execute(RESERVE, (qty, skus, wh))
  File "/usr/lib/python3.13/site-packages/psycopg/cursor.py", line 97, in execute
    raise ex.with_traceback(None)
psycopg.errors.LockNotAvailable: canceling statement due to lock timeout
`;

const sql = (
  service: string,
  resource: string,
  at: number,
  took: number,
  more: Partial<Spec> = {},
): Spec => ({
  service,
  name: 'postgres.query',
  resource,
  type: 'sql',
  at,
  took,
  tags: {
    'span.kind': 'client',
    component: 'psycopg',
    'db.system': 'postgresql',
    'db.name': service.replace('postgres:', ''),
    'peer.service': service,
    'out.host': 'db-1',
    ...more.tags,
  },
  ...(more.error ? { error: more.error } : {}),
  ...(more.numbers ? { numbers: more.numbers } : {}),
});
const server = (
  service: string,
  framework: string,
  resource: string,
  at: number,
  took: number,
  more: Partial<Spec> = {},
): Spec => ({
  service,
  name: `${framework}.request`,
  resource,
  type: 'web',
  at,
  took,
  ...more,
  tags: {
    'span.kind': 'server',
    component: framework,
    'http.method': resource.split(' ')[0],
    'http.route': resource.split(' ')[1] ?? '/',
    'http.status_code': more.error ? '503' : '200',
    ...more.tags,
  },
});
const client = (
  service: string,
  to: string,
  at: number,
  took: number,
  children: Spec[],
  more: Partial<Spec> = {},
): Spec => ({
  service,
  name: 'requests.request',
  resource: `POST ${to}`,
  type: 'http',
  at,
  took,
  children,
  ...more,
  tags: { 'span.kind': 'client', component: 'requests', 'out.host': to.split('/')[0], ...more.tags },
});
const LOCK: [string, string] = [
  'psycopg.errors.LockNotAvailable',
  'canceling statement due to lock timeout\nCONTEXT: while updating tuple (412,7) in relation "stock_level"',
];

/** The failing checkout: the trace to look at. */
export function checkout(start: number): Span[] {
  const v = { version: '2026.11.18', 'usr.id': '84112' };
  const many = Array.from({ length: 38 }, (_, i) =>
    sql('postgres:shop', 'SELECT id, name, price FROM catalog_product WHERE id = %s', 12 + i * 1.8, 1.6),
  );
  const spans = trace(0x4f1c09be77a2d310n, start, {
    ...server('storefront', 'django', 'POST /cart/confirm', 0, 4180),
    tags: {
      ...server('storefront', 'django', 'POST /cart/confirm', 0, 0).tags,
      ...v,
      'http.status_code': '503',
    },
    error: ['HTTPError', '502 from checkout'],
    children: [
      {
        service: 'storefront',
        name: 'django.middleware',
        resource: 'django.middleware.chain',
        at: 0.6,
        took: 4178,
        error: ['HTTPError', '502 from checkout'],
        children: [
          {
            service: 'redis:session',
            name: 'redis.command',
            resource: 'GET session:7f2c09be77a2d310',
            type: 'redis',
            at: 1,
            took: 1.1,
            tags: {
              'span.kind': 'client',
              component: 'redis',
              'db.system': 'redis',
              'peer.service': 'redis:session',
            },
          },
          {
            service: 'storefront',
            name: 'django.view',
            resource: 'cart.views.confirm',
            at: 5,
            took: 4172,
            error: ['HTTPError', '502 from checkout'],
            children: [
              sql('postgres:shop', SELECT_CART, 7, 3.2),
              ...many,
              client(
                'storefront',
                'checkout/checkout/confirm',
                84,
                4080,
                [
                  server('checkout', 'fastapi', 'POST /checkout/confirm', 90, 4068, {
                    tags: { version: '2026.11.3', 'user.tier': 'trade', 'db.lock_wait': 'true' },
                    numbers: { 'cart.items': 38 },
                    error: ['inventory.LockNotAvailable', 'reserve failed'],
                    children: [
                      {
                        service: 'checkout',
                        name: 'checkout.current_user',
                        resource: 'current_user',
                        type: '',
                        at: 96,
                        took: 7,
                        children: [
                          {
                            service: 'redis:session',
                            name: 'redis.command',
                            resource: 'HGETALL user:84112',
                            type: 'redis',
                            at: 99,
                            took: 2.2,
                            tags: {
                              'span.kind': 'client',
                              'db.system': 'redis',
                              'peer.service': 'redis:session',
                            },
                          },
                        ],
                      },
                      {
                        service: 'checkout',
                        name: 'checkout.price_cart',
                        resource: 'price_cart(lines=38)',
                        type: '',
                        at: 106,
                        took: 41,
                        children: [server('pricing', 'grpc', '/pricing.Pricing/Quote', 110, 34)],
                      },
                      client('checkout', 'payments/authorize', 152, 388, [
                        server('payments', 'fastapi', 'POST /authorize', 156, 380, {
                          children: [
                            client('payments', 'api.stripe.com/v1/payment_intents', 166, 362, [], {
                              service: 'api.stripe.com',
                            }),
                          ],
                        }),
                      ]),
                      client(
                        'checkout',
                        'inventory/reserve',
                        545,
                        3580,
                        [
                          server('inventory', 'flask', 'POST /reserve', 550, 3590, {
                            tags: { version: '2.19.0' },
                            error: [LOCK[0], LOCK[1], STACK],
                            children: [
                              sql(
                                'postgres:orders',
                                'SELECT sku, reserved FROM stock_level WHERE sku = ANY(%s) FOR UPDATE',
                                556,
                                41,
                              ),
                              sql('postgres:orders', RESERVE, 600, 3000, {
                                error: [LOCK[0], LOCK[1], STACK],
                                tags: {
                                  'db.row_count': '0',
                                  'db.lock_wait': '2.99 s',
                                  'db.blocked_by': 'pid 41207, same service',
                                  'stock.warehouse': 'LEJ-2',
                                  thread: 'gthread-3, pid 2214',
                                },
                              }),
                              sql('postgres:orders', 'ROLLBACK', 3601, 4),
                              {
                                service: 'inventory',
                                name: 'inventory.backoff',
                                resource: 'backoff, attempt 2 of 2',
                                type: '',
                                at: 3606,
                                took: 500,
                              },
                              {
                                service: 'inventory',
                                name: 'flask.handle_exception',
                                resource: 'LockNotAvailable → 503',
                                type: '',
                                at: 4108,
                                took: 9,
                                error: [LOCK[0], LOCK[1]],
                              },
                            ],
                          }),
                        ],
                        { error: ['HTTPError', '503 from inventory'] },
                      ),
                      client('checkout', 'payments/void', 4128, 24, [
                        server('payments', 'fastapi', 'POST /void', 4130, 20),
                      ]),
                    ],
                  }),
                ],
                { error: ['HTTPError', '502 from checkout'] },
              ),
              {
                service: 'storefront',
                name: 'django.template.render',
                resource: 'cart/sorry.html',
                type: 'template',
                at: 4168,
                took: 5,
              },
              {
                service: 'mailer',
                name: 'celery.run',
                resource: 'mail.send_apology',
                type: 'worker',
                at: 4174,
                took: 6,
                tags: { 'span.kind': 'consumer', component: 'celery', version: '1.30.4' },
                numbers: { '_hoofprint.unfinished': 1 },
              },
            ],
          },
        ],
      },
    ],
  });
  // A branch whose parent never came.
  const orphan = trace(
    0x4f1c09be77a2d310n,
    start,
    server('accounts', 'django', 'GET /internal/limits', 210, 60),
  )[0];
  orphan.span_id = 77n;
  orphan.parent_id = 4242n;
  spans.push(orphan);
  return spans;
}

/** Ten thousand spans in eight services, 40 deep at its deepest. */
export function large(start: number, count = 10_000): Span[] {
  const rnd = random(7);
  const names = ['nightly', 'indexer', 'ranker', 'images', 'exporter', 'feeds', 'audit', 'cleanup'];
  const id = 0xb16b00b5n;
  const spans: Span[] = [];
  const total = 30_000;
  interface Open {
    id: bigint;
    at: number;
    end: number;
    depth: number;
    service: string;
  }
  let stack: Open[] = [];
  let at = 0;
  for (let i = 0; i < count; i++) {
    at += (total / count) * rnd() * 1.9;
    if (at > total) at = total - 1;
    while (stack.length > 1 && (stack[stack.length - 1].end < at || (stack.length > 3 && rnd() < 0.25)))
      stack.pop();
    const parent = stack[stack.length - 1];
    const service = i === 0 ? names[0] : rnd() < 0.15 ? names[Math.floor(rnd() * 8)] : parent.service;
    const end = i === 0 ? total : Math.min(parent.end, at + 4 + rnd() * rnd() * 4000);
    const start1 = i === 0 ? 0 : Math.min(at, parent.end);
    const span: Span = {
      trace_id: id,
      span_id: BigInt(i + 1),
      parent_id: parent ? parent.id : 0n,
      name: `work.${i % 7}`,
      service,
      resource: i === 0 ? 'nightly.rebuild' : `step ${i} of rebuild`,
      type: 'worker',
      start: BigInt(Math.round((start + start1) * 1000)) * 1000n,
      duration: BigInt(Math.max(1000, Math.round((end - start1) * MS))),
      error: rnd() < 0.003 ? 1n : 0n,
      meta: { env: 'prod', ...(i === 0 ? { '_dd.p.tid': HIGH } : {}) },
      metrics: i === 0 ? { _sampling_priority_v1: 1 } : {},
    };
    spans.push(span);
    if (stack.length < 40)
      stack = [...stack, { id: span.span_id, at: start1, end, depth: stack.length, service }];
  }
  return spans;
}

interface Kind {
  service: string;
  framework: string;
  version: string;
  weight: number;
  p50: number;
  spread: number;
  fails: number;
  resources: string[];
}
const KINDS: Kind[] = [
  {
    service: 'storefront',
    framework: 'django',
    version: '2026.11.18',
    weight: 10,
    p50: 38,
    spread: 0.9,
    fails: 0.002,
    resources: ['GET /', 'GET /product/{slug}', 'POST /cart/add', 'POST /cart/confirm'],
  },
  {
    service: 'checkout',
    framework: 'fastapi',
    version: '2026.11.2',
    weight: 3,
    p50: 64,
    spread: 0.8,
    fails: 0.0005,
    resources: ['POST /checkout/confirm', 'GET /checkout/{cart_id}', 'POST /checkout/address'],
  },
  {
    service: 'inventory',
    framework: 'flask',
    version: '2.19.0',
    weight: 3,
    p50: 18,
    spread: 0.9,
    fails: 0.0005,
    resources: ['POST /reserve', 'GET /stock/{sku}'],
  },
  {
    service: 'pricing',
    framework: 'grpc',
    version: '7.0.2',
    weight: 8,
    p50: 2,
    spread: 0.6,
    fails: 0,
    resources: ['/pricing.Pricing/Quote'],
  },
  {
    service: 'catalog',
    framework: 'flask',
    version: '5.41.0',
    weight: 7,
    p50: 11,
    spread: 0.8,
    fails: 0.0002,
    resources: ['GET /products', 'GET /products/{id}'],
  },
  {
    service: 'search-api',
    framework: 'starlette',
    version: '1.88.2',
    weight: 4,
    p50: 22,
    spread: 0.7,
    fails: 0.0005,
    resources: ['GET /search'],
  },
  {
    service: 'recommend',
    framework: 'aiohttp',
    version: '0.61.0',
    weight: 3,
    p50: 7,
    spread: 0.8,
    fails: 0,
    resources: ['GET /for/{user}'],
  },
  {
    service: 'accounts',
    framework: 'django',
    version: '4.2.6',
    weight: 3,
    p50: 10,
    spread: 0.8,
    fails: 0.0004,
    resources: ['GET /me', 'POST /login'],
  },
  {
    service: 'payments',
    framework: 'fastapi',
    version: '3.7.1',
    weight: 1.5,
    p50: 142,
    spread: 0.5,
    fails: 0.001,
    resources: ['POST /authorize', 'POST /void'],
  },
  {
    service: 'mailer',
    framework: 'celery',
    version: '1.30.4',
    weight: 0.8,
    p50: 212,
    spread: 0.7,
    fails: 0.002,
    resources: ['mail.send'],
  },
];

/** An hour of traffic that ends at `end` (Unix ms): `count` requests. */
export function traffic(end: number, count: number): Span[] {
  const rnd = random(42);
  const weights = KINDS.reduce((s, k) => s + k.weight, 0);
  const gauss = () => Math.sqrt(-2 * Math.log(rnd() + 1e-9)) * Math.cos(2 * Math.PI * rnd());
  const out: Span[] = [];
  for (let i = 0; i < count; i++) {
    // The second half of the hour: checkout is slow and fails after its deployment.
    const at = end - 3600e3 * (1 - (i + rnd()) / count);
    const bad = at > end - 30 * 60e3;
    let pick = rnd() * weights;
    const kind = KINDS.find((k) => (pick -= k.weight) <= 0) ?? KINDS[0];
    const slow = bad && (kind.service === 'checkout' || kind.service === 'inventory') && rnd() < 0.3;
    const took = slow ? 1000 + rnd() * 4200 : kind.p50 * Math.exp(gauss() * kind.spread);
    const failed = slow ? rnd() < 0.6 : rnd() < kind.fails;
    const tier = slow
      ? rnd() < 0.7
        ? 'trade'
        : 'plus'
      : rnd() < 0.65
        ? 'free'
        : rnd() < 0.9
          ? 'plus'
          : 'trade';
    const resource = slow ? kind.resources[0] : kind.resources[Math.floor(rnd() * kind.resources.length)];
    const children: Spec[] = [];
    if (kind.service !== 'pricing' && rnd() < 0.6)
      children.push(
        sql(
          kind.service === 'storefront' || kind.service === 'catalog' ? 'postgres:shop' : 'postgres:orders',
          slow ? RESERVE : SELECT_CART,
          took * 0.1,
          took * (slow ? 0.8 : 0.4),
          failed && slow ? { error: LOCK } : {},
        ),
      );
    if (rnd() < 0.3)
      children.push({
        service: 'redis:session',
        name: 'redis.command',
        resource: 'GET session:*',
        type: 'redis',
        at: took * 0.02,
        took: took * 0.04,
        tags: { 'span.kind': 'client', 'db.system': 'redis', 'peer.service': 'redis:session' },
      });
    out.push(
      ...trace(
        0x1000000n + BigInt(i),
        at,
        server(kind.service, kind.framework, resource, 0, took, {
          tags: {
            version: kind.service === 'checkout' && bad ? '2026.11.3' : kind.version,
            'user.tier': tier,
            '_dd.hostname': `web-${1 + Math.floor(rnd() * 6)}`,
            ...(slow ? { 'db.lock_wait': 'true', 'stock.warehouse': 'LEJ-2' } : {}),
          },
          numbers: { 'cart.items': Math.round(slow ? 20 + rnd() * 90 : 1 + rnd() * 18) },
          error: failed ? (slow ? LOCK : ['ValueError', 'bad input']) : undefined,
          children,
        }),
      ),
    );
  }
  return out;
}

/** Sends spans to an intake, a payload for every 1,000 of them. */
export async function send(address: string, spans: readonly Span[]): Promise<void> {
  const chunks = new Map<string, Span[]>();
  for (const s of spans) {
    const key = String(s.trace_id);
    const list = chunks.get(key);
    if (list) list.push(s);
    else chunks.set(key, [s]);
  }
  let batch: Span[][] = [];
  let size = 0;
  const flush = async () => {
    if (!batch.length) return;
    const body = encode(batch as unknown as Value);
    const response = await fetch(address + '/v0.4/traces', {
      method: 'PUT',
      headers: {
        'content-type': 'application/msgpack',
        'x-datadog-trace-count': String(batch.length),
        'datadog-meta-lang': 'python',
        'datadog-meta-lang-version': '3.13.1',
        'datadog-meta-tracer-version': '4.16.0',
      },
      body: new Uint8Array(body),
    });
    if (!response.ok)
      throw new Error(`sending ${size} spans to ${address}: ${response.status} ${await response.text()}`);
    batch = [];
    size = 0;
  };
  for (const chunk of chunks.values()) {
    batch.push(chunk);
    size += chunk.length;
    if (size >= 1000) await flush();
  }
  await flush();
}
