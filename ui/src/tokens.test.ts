import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';

const css = readFileSync(resolve(import.meta.dirname, 'tokens.css'), 'utf8');
type Rgb = [number, number, number];
const tokens = new Map<string, [light: Rgb, dark: Rgb]>();
for (const m of css.matchAll(/--([\w-]+): light-dark\(#([0-9a-f]{6}), #([0-9a-f]{6})\)/gi))
  tokens.set(m[1], [rgb(m[2]), rgb(m[3])]);

function rgb(hex: string): Rgb {
  return [0, 2, 4].map((i) => parseInt(hex.slice(i, i + 2), 16)) as Rgb;
}
/** WCAG 2.2 relative luminance. */
function luminance(c: Rgb): number {
  const [r, g, b] = c.map((v) => {
    const s = v / 255;
    return s <= 0.04045 ? s / 12.92 : ((s + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}
function contrast(a: Rgb, b: Rgb): number {
  const [x, y] = [luminance(a), luminance(b)].sort((p, q) => q - p);
  return (x + 0.05) / (y + 0.05);
}
const THEMES = ['light', 'dark'] as const;
function pair(a: string, b: string, theme: 0 | 1): number {
  const [x, y] = [tokens.get(a), tokens.get(b)];
  if (!x || !y) throw new Error(`tokens.css has no colour ${x ? b : a}`);
  return contrast(x[theme], y[theme]);
}

const TEXT = ['ink', 'ink-2', 'ink-3', 'error', 'slow', 'pen'];
const GROUNDS = ['paper', 'raise', 'sunk', 'pen-bg', 'error-bg'];
const MARKS = [
  'ctl',
  'data',
  'error',
  'slow-fill',
  'pen',
  'inferred',
  ...[0, 1, 2, 3, 4, 5, 6, 7].map((i) => `service-${i}`),
];

test('the token file has every colour in both themes', () => {
  expect(tokens.size).toBe(28);
});

for (const theme of [0, 1] as const) {
  test.each(TEXT.flatMap((t) => GROUNDS.map((g) => [t, g])))(
    `${THEMES[theme]}: %s on %s reads at 4.5:1`,
    (t, g) => {
      expect(pair(t, g, theme)).toBeGreaterThanOrEqual(4.5);
    },
  );
  test.each(MARKS)(`${THEMES[theme]}: %s stands out from paper at 3:1`, (m) => {
    expect(pair(m, 'paper', theme)).toBeGreaterThanOrEqual(3);
  });
  test(`${THEMES[theme]}: a label in pen reads in paper`, () => {
    expect(pair('paper', 'pen', theme)).toBeGreaterThanOrEqual(4.5);
  });
}

// Machado, Oliveira, Fernandes 2009, severity 1, on linear light.
const VISION: Record<string, number[][]> = {
  normal: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
  protan: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deutan: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  tritan: [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
};
function oklab(c: Rgb, vision: number[][]): number[] {
  const linear = c.map((v) => {
    const s = v / 255;
    return s <= 0.04045 ? s / 12.92 : ((s + 0.055) / 1.055) ** 2.4;
  });
  const [r, g, b] = vision.map((row) =>
    Math.min(
      1,
      Math.max(
        0,
        row.reduce((sum, k, i) => sum + k * linear[i], 0),
      ),
    ),
  );
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ];
}

for (const theme of [0, 1] as const)
  test.each(Object.keys(VISION))(`${THEMES[theme]}: any two services differ in %s vision`, (vision) => {
    const colours = [0, 1, 2, 3, 4, 5, 6, 7].map((i) =>
      oklab(tokens.get(`service-${i}`)![theme], VISION[vision]),
    );
    let least = Infinity;
    for (let i = 0; i < 8; i++)
      for (let j = 0; j < i; j++)
        least = Math.min(least, Math.hypot(...colours[i].map((v, k) => v - colours[j][k])));
    // 0.10 as the palette was fitted; the model of vision moves the last digits.
    expect(least).toBeGreaterThanOrEqual(0.09);
  });
