import { expect, test } from 'vitest';
import { parse, pieces } from './stack';

const trace = `Traceback (most recent call last):
  File "/usr/lib/python3.13/site-packages/flask/app.py", line 1473, in wsgi_app
    response = self.full_dispatch_request()
               ^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  File "/usr/lib/python3.13/site-packages/flask/app.py", line 882, in full_dispatch_request
    rv = self.handle_user_exception(e)
  File "/srv/shop/views.py", line 41, in confirm
    reserve(cart)
  File "/usr/lib/python3.13/site-packages/psycopg/cursor.py", line 97, in execute
    raise ex
shop.OutOfStock: none left
of sku 12
`;

test('frames are read, marks dropped, the message kept', () => {
  const s = parse(trace);
  expect(s.frames.map((f) => [f.line, f.function, f.own])).toEqual([
    [1473, 'wsgi_app', false],
    [882, 'full_dispatch_request', false],
    [41, 'confirm', true],
    [97, 'execute', false],
  ]);
  expect(s.frames[0].code).toEqual(['response = self.full_dispatch_request()']);
  expect(s.rest).toEqual(['shop.OutOfStock: none left', 'of sku 12']);
});

test('library frames fold between own ones, the failing end first', () => {
  expect(pieces(parse(trace)).map((p) => (p.kind === 'frame' ? p.frame.function : p.frames.length))).toEqual([
    1,
    'confirm',
    2,
  ]);
});

test('without a frame of its own all stay open', () => {
  const only = '  File "/x/site-packages/a.py", line 1, in f\n    g()\n';
  expect(pieces(parse(only)).map((p) => p.kind)).toEqual(['frame']);
});

test('text that is no traceback comes back whole', () => {
  expect(parse('at com.example.Main(Main.java:3)')).toEqual({
    frames: [],
    rest: ['at com.example.Main(Main.java:3)'],
  });
});
