/** Where the time of a trace went: own time of a span, and the critical path. */

import type { Node, SpanNode, Tree } from './tree';

export type Interval = readonly [from: number, to: number];

/** The spans directly below a node, groups opened. */
export function spanChildren(node: Node): SpanNode[] {
  return node.children.flatMap((c) => (c.kind === 'span' ? [c] : c.kind === 'group' ? c.members : []));
}

const parts = new WeakMap<SpanNode, Interval[]>();

/** The parts of a span in which no child runs. A tree does not change, so they are worked out once. */
export function ownParts(node: SpanNode): Interval[] {
  const known = parts.get(node);
  if (known) return known;
  const found = findOwnParts(node);
  parts.set(node, found);
  return found;
}

function findOwnParts(node: SpanNode): Interval[] {
  const start = node.span.offset;
  const end = start + node.span.duration;
  const children = spanChildren(node)
    .map((c): Interval => [c.span.offset, c.span.offset + c.span.duration])
    .sort((a, b) => a[0] - b[0]);
  const out: Interval[] = [];
  let at = start;
  for (const [from, to] of children) {
    if (from > at) out.push([at, Math.min(from, end)]);
    at = Math.max(at, to);
    if (at >= end) break;
  }
  if (at < end) out.push([at, end]);
  return out.filter(([a, b]) => b > a);
}

/** A stretch of the critical path: while it lasts, this span holds up the whole. */
export interface Step {
  node: SpanNode;
  from: number;
  to: number;
}

/** A child may outlive its parent by this share of its own time (clocks differ) and still count as waited for. */
const OVERRUN = 0.1;

/**
 * The critical path of the trace's longest root, in order of time: from its
 * end backwards, at each moment the child that runs then and ends last. Where
 * children overlap, the earlier one counts up to where the later one begins.
 * A child that runs on well after its parent's end was not waited for.
 */
export function criticalPath(tree: Tree): Step[] {
  let root: SpanNode | undefined;
  for (const node of tree.nodes)
    if (
      (!node.parent || node.parent.kind === 'missing') &&
      (!root || node.span.duration > root.span.duration)
    )
      root = node;
  if (!root) return [];

  const out: Step[] = [];
  interface Frame {
    node: SpanNode;
    children: SpanNode[];
    next: number;
    at: number;
    start: number;
  }
  const open = (node: SpanNode, at: number, start: number): Frame => ({
    node,
    children: spanChildren(node).sort(
      (a, b) => b.span.offset + b.span.duration - (a.span.offset + a.span.duration),
    ),
    next: 0,
    at,
    start,
  });
  const put = (node: SpanNode, from: number, to: number) => {
    if (to > from) out.push({ node, from, to });
  };

  const stack = [open(root, root.span.offset + root.span.duration, root.span.offset)];
  while (stack.length) {
    const frame = stack[stack.length - 1];
    let went = false;
    while (frame.next < frame.children.length && frame.at > frame.start) {
      const child = frame.children[frame.next++];
      const from = Math.max(child.span.offset, frame.start);
      const ended = child.span.offset + child.span.duration;
      const parentEnd = frame.node.span.offset + frame.node.span.duration;
      if (ended - parentEnd > OVERRUN * child.span.duration) continue;
      const to = Math.min(ended, frame.at);
      if (to <= from) continue;
      put(frame.node, to, frame.at);
      frame.at = from;
      stack.push(open(child, to, from));
      went = true;
      break;
    }
    if (went) continue;
    put(frame.node, frame.start, frame.at);
    stack.pop();
  }
  return out.sort((a, b) => a.from - b.from);
}

/** The time of a span, its children not counted, on the critical path. */
export function onPath(path: readonly Step[], node: Node): number {
  const members = node.kind === 'group' ? new Set<Node>(node.members) : undefined;
  let sum = 0;
  for (const s of path) if (s.node === node || members?.has(s.node)) sum += s.to - s.from;
  return sum;
}
