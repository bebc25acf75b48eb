/** What the waterfall draws: geometry and strokes on a canvas, no state. */

import { duration, text } from './format';
import { linearTicks } from './logaxis';
import { serviceColour, type Palette } from './palette';
import { ownParts, type Step } from './path';
import { extent, failed, total, type Node } from './tree';

export interface Geometry {
  width: number;
  height: number;
  /** Where the timeline begins and ends, px. */
  left: number;
  right: number;
  row: number;
  /** Within a row: where the bar stands and how high it is. */
  barTop: number;
  barHeight: number;
  scrollTop: number;
  /** The visible time, ns since the start of the trace. */
  from: number;
  to: number;
}

/** A step of the critical path on the row that stands for its span. */
export interface RowStep {
  row: number;
  from: number;
  to: number;
}

/** The steps on rows; neighbours on one row joined. */
export function rowSteps(path: readonly Step[], rowOf: (node: Node) => number | undefined): RowStep[] {
  const out: RowStep[] = [];
  for (const step of path) {
    const row = rowOf(step.node);
    if (row === undefined) continue;
    const last = out[out.length - 1];
    if (last && last.row === row) last.to = step.to;
    else out.push({ row, from: step.from, to: step.to });
  }
  return out;
}

export const x = (g: Geometry, ns: number) => g.left + ((ns - g.from) / (g.to - g.from)) * (g.right - g.left);

/** What stands beside a bar. */
export function label(node: Node): string {
  if (node.kind === 'missing') return 'parent not received';
  if (node.kind === 'group')
    return `${node.members.length} times the same ${node.span.type === 'sql' || node.span.type === 'db' ? 'statement' : 'operation'}`;
  if (node.span.unfinished) return unfinished(node.span.metrics);
  return text(duration(total(node)));
}

/** In words, how a span without an end came to have none. */
export function unfinished(metrics: Record<string, number> | null | undefined): string {
  if (!metrics) return 'not finished';
  return metrics['_hoofprint.unfinished'] ? 'ended with its process' : 'still running';
}

/** Bars shorter than this share of the timeline carry their duration beside them. */
const LABELLED = 0.45;
const CHILD_TINT = 0.34;
const ERROR_END = 4;

interface Bar {
  x: number;
  w: number;
}

function clipped(g: Geometry, from: number, to: number, least: number): Bar | undefined {
  const a = x(g, from);
  const b = Math.max(x(g, to), a + least);
  if (b < g.left || a > g.right) return undefined;
  const left = Math.max(a, g.left);
  return { x: left, w: Math.min(b, g.right) - left };
}

function fill(c: CanvasRenderingContext2D, mark: string, b: Bar, y: number, h: number) {
  if (mark === 'hollow' && b.w > 4) {
    c.lineWidth = 2;
    c.strokeRect(b.x + 1, y + 1, b.w - 2, h - 2);
  } else if (mark === 'split' && b.w > 4) {
    c.save();
    c.beginPath();
    c.rect(b.x, y, b.w, h);
    c.clip();
    c.lineWidth = 2.5;
    c.beginPath();
    for (let i = b.x - (b.x % 6) - h; i < b.x + b.w + h; i += 6) {
      c.moveTo(i, y + h);
      c.lineTo(i + h, y);
    }
    c.stroke();
    c.restore();
  } else c.fillRect(b.x, y, b.w, h);
}

function drawRow(
  c: CanvasRenderingContext2D,
  g: Geometry,
  p: Palette,
  node: Node,
  top: number,
  chosen: boolean,
) {
  const y = top + g.barTop;
  const h = g.barHeight;
  const [from, to] = extent(node);
  const whole = clipped(g, from, to, 1.5);

  if (node.kind === 'missing') {
    if (!whole) return;
    c.strokeStyle = p.ink3;
    c.lineWidth = 1;
    c.setLineDash([4, 3]);
    c.strokeRect(whole.x + 0.5, y + 0.5, Math.max(1, whole.w - 1), h - 1);
    c.setLineDash([]);
  } else {
    const colour = serviceColour(p, node.span.identity);
    const mark = node.span.identity?.mark ?? 'solid';
    c.fillStyle = c.strokeStyle = colour;
    if (whole && chosen) {
      c.strokeStyle = p.pen;
      c.lineWidth = 2;
      c.strokeRect(whole.x - 2, y - 2, whole.w + 4, h + 4);
      c.strokeStyle = colour;
    }
    if (whole) {
      c.globalAlpha = CHILD_TINT;
      c.fillRect(whole.x, y, whole.w, h);
      c.globalAlpha = 1;
    }
    const parts =
      node.kind === 'group'
        ? node.members.map((m) => [m.span.offset, m.span.offset + m.span.duration] as const)
        : ownParts(node);
    let drawn = -Infinity;
    for (const [a, b] of parts) {
      const bar = clipped(g, a, b, 1);
      // Parts closer than half a pixel look like one; drawing them once is enough.
      if (!bar || bar.x + bar.w < drawn + 0.5) continue;
      fill(c, mark, bar, y, h);
      drawn = bar.x + bar.w;
    }
    if (whole && failed(node) && x(g, to) <= g.right + 1) {
      c.fillStyle = p.error;
      const w = Math.min(ERROR_END, Math.max(2, whole.w));
      c.fillRect(whole.x + whole.w - w, y, w, h);
    }
    if (whole && node.kind === 'span' && node.span.unfinished) {
      // An open end: the bar fades out in steps instead of ending.
      c.fillStyle = p.paper;
      for (let i = 0; i < 3; i++) c.fillRect(whole.x + whole.w - 3 - i * 6, y, 2, h);
    }
  }
}

/** The words beside a short bar, on cleared ground so that no line runs through them. */
function drawLabel(c: CanvasRenderingContext2D, g: Geometry, p: Palette, node: Node, top: number) {
  const [from, to] = extent(node);
  const whole = clipped(g, from, to, 1.5);
  const start = whole ? whole.x : x(g, from) < g.left ? g.left : g.right;
  const width = whole?.w ?? 0;
  if (width > (g.right - g.left) * LABELLED && node.kind !== 'missing') return;
  const words = label(node);
  c.font = `400 12px "Instrument Sans", sans-serif`;
  const wide = c.measureText(words).width;
  const after = start + width + 7;
  const before = start - 7 - wide;
  const at = after + wide < g.right ? after : before > g.left ? before : undefined;
  if (at === undefined) return;
  c.clearRect(at - 2, top + g.barTop - 1, wide + 4, g.barHeight + 3);
  c.fillStyle = p.ink2;
  c.textBaseline = 'middle';
  c.fillText(words, at, top + g.barTop + g.barHeight / 2 + 0.5);
}

/** Time lines of the grid. */
export function ticks(g: Geometry): number[] {
  return linearTicks(g.from, g.to, Math.max(2, Math.floor((g.right - g.left) / 110)));
}

/** Draws the rows in view. */
export function draw(
  c: CanvasRenderingContext2D,
  g: Geometry,
  p: Palette,
  rows: readonly Node[],
  chosen: string,
  path: readonly RowStep[],
) {
  c.clearRect(0, 0, g.width, g.height);
  c.fillStyle = p.line;
  for (const t of ticks(g)) c.fillRect(Math.round(x(g, t)), 0, 1, g.height);

  c.save();
  c.beginPath();
  c.rect(g.left - 3, 0, g.right - g.left + 6, g.height);
  c.clip();
  const first = Math.max(0, Math.floor(g.scrollTop / g.row));
  const last = Math.min(rows.length - 1, Math.floor((g.scrollTop + g.height) / g.row));
  for (let i = first; i <= last; i++)
    drawRow(c, g, p, rows[i], i * g.row - g.scrollTop, rows[i].id === chosen);

  drawPath(c, g, p, path);
  for (let i = first; i <= last; i++) drawLabel(c, g, p, rows[i], i * g.row - g.scrollTop);
  c.restore();
}

/** Turns of the path closer than this (px) between the same two rows look like one. */
const NEAR = 3;

/** The critical path: a line under each bar, a thinner one to the row where it goes on. */
function drawPath(c: CanvasRenderingContext2D, g: Geometry, p: Palette, path: readonly RowStep[]) {
  c.fillStyle = p.ink;
  const under = g.barTop + g.barHeight;
  const at = (row: number) => row * g.row - g.scrollTop + under;
  const inView = (y: number) => y > -g.row && y < g.height + g.row;
  const turned = new Map<number, number>();
  for (let i = 0; i < path.length; i++) {
    const s = path[i];
    const y = at(s.row);
    const a = Math.max(g.left, x(g, s.from));
    const b = Math.min(g.right, x(g, s.to));
    if (inView(y) && b > a - 1 && a <= g.right) c.fillRect(a, y, Math.max(1, b - a), 2);
    const next = path[i + 1];
    if (!next) continue;
    const turn = x(g, s.to);
    const yNext = at(next.row);
    // A line that only passes through would say nothing about the rows it crosses.
    if (turn < g.left || turn > g.right || (!inView(y) && !inView(yNext))) continue;
    const pair = Math.min(s.row, next.row) * 1e6 + Math.max(s.row, next.row);
    if (turn - (turned.get(pair) ?? -Infinity) < NEAR) continue;
    turned.set(pair, turn);
    let y1 = Math.min(y, yNext);
    let y2 = Math.max(y, yNext) + 2;
    // Towards a row out of view only the beginning is drawn.
    if (!inView(y1)) y1 = y2 - g.row / 2;
    if (!inView(y2)) y2 = y1 + g.row / 2;
    c.globalAlpha = 0.7;
    c.fillRect(Math.round(turn) - 0.5, y1, 1, y2 - y1);
    c.globalAlpha = 1;
  }
}

/** The whole trace in a strip: one thin line a row. */
export function drawMinimap(
  c: CanvasRenderingContext2D,
  width: number,
  height: number,
  end: number,
  p: Palette,
  rows: readonly Node[],
) {
  c.clearRect(0, 0, width, height);
  const step = (height - 4) / Math.max(1, rows.length);
  const thick = Math.max(1, Math.min(3, step * 0.8));
  rows.forEach((node, i) => {
    if (node.kind === 'missing') return;
    const [from, to] = extent(node);
    c.fillStyle = failed(node) ? p.error : serviceColour(p, node.span.identity);
    const a = (from / end) * width;
    c.fillRect(a, 2 + i * step, Math.max(1.5, ((to - from) / end) * width), thick);
  });
}
