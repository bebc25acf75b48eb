/** A trace as a tree of rows: spans, groups of equal siblings, and parents that never came. */

import type { TraceSpan } from '../api/types';

/** From how many equal siblings on they fold to one row. */
export const GROUP_FROM = 4;

interface Base {
  /** Stable for an address: the span's id, or one made from the group's first. */
  id: string;
  depth: number;
  children: Node[];
  parent: Node | undefined;
}

export interface SpanNode extends Base {
  kind: 'span';
  span: TraceSpan;
}

/** Siblings of one service, operation and resource. */
export interface GroupNode extends Base {
  kind: 'group';
  members: SpanNode[];
  /** The first member, for what all share. */
  span: TraceSpan;
}

/** A parent that spans name and that is not in the store. */
export interface MissingNode extends Base {
  kind: 'missing';
}

export type Node = SpanNode | GroupNode | MissingNode;

export interface Tree {
  roots: Node[];
  /** Every span's node, in the order of the spans. */
  nodes: SpanNode[];
  byId: Map<string, Node>;
}

const NO_PARENT = /^0*$/;

/** Builds the tree. Spans come ordered by start; a cycle of parents is cut where it closes. */
export function build(spans: readonly TraceSpan[], groupFrom = GROUP_FROM): Tree {
  const nodes: SpanNode[] = [];
  const byId = new Map<string, Node>();
  for (const span of spans) {
    const node: SpanNode = {
      kind: 'span',
      id: span.span_id,
      span,
      depth: 0,
      children: [],
      parent: undefined,
    };
    nodes.push(node);
    if (!byId.has(span.span_id)) byId.set(span.span_id, node);
  }

  const roots: Node[] = [];
  const missing = new Map<string, MissingNode>();
  for (const node of nodes) {
    const parentId = node.span.parent_id;
    if (NO_PARENT.test(parentId)) {
      roots.push(node);
      continue;
    }
    const parent = byId.get(parentId);
    // Only a span that has children already can close a cycle: few do, as parents start first.
    if (parent && parent !== node && !(node.children.length && within(parent, node))) {
      node.parent = parent;
      parent.children.push(node);
      continue;
    }
    let stand = missing.get(parentId);
    if (!stand) {
      stand = { kind: 'missing', id: 'm' + parentId, depth: 0, children: [], parent: undefined };
      missing.set(parentId, stand);
      roots.push(stand);
    }
    node.parent = stand;
    stand.children.push(node);
  }
  for (const stand of missing.values()) byId.set(stand.id, stand);

  for (const node of [...nodes, ...missing.values()]) group(node, groupFrom, byId);
  setDepths(roots);
  return { roots, nodes, byId };
}

/** Whether `node` is above `below`: linking them would close a cycle. */
function within(below: Node, node: Node): boolean {
  for (let at: Node | undefined = below; at; at = at.parent) if (at === node) return true;
  return false;
}

const SEP = '\u0000';

function group(parent: Node, groupFrom: number, byId: Map<string, Node>) {
  if (parent.children.length < groupFrom) return;
  const alike = new Map<string, SpanNode[]>();
  for (const child of parent.children) {
    if (child.kind !== 'span') continue;
    const key = child.span.service + SEP + child.span.name + SEP + child.span.resource;
    const list = alike.get(key);
    if (list) list.push(child);
    else alike.set(key, [child]);
  }
  const grouped = new Map<Node, GroupNode>();
  for (const members of alike.values()) {
    if (members.length < groupFrom) continue;
    const node: GroupNode = {
      kind: 'group',
      id: 'g' + members[0].id,
      span: members[0].span,
      members,
      depth: 0,
      children: members,
      parent,
    };
    byId.set(node.id, node);
    for (const m of members) {
      m.parent = node;
      grouped.set(m, node);
    }
  }
  if (grouped.size === 0) return;
  const seen = new Set<Node>();
  parent.children = parent.children.flatMap((child) => {
    const g = grouped.get(child);
    if (!g) return [child];
    if (seen.has(g)) return [];
    seen.add(g);
    return [g];
  });
}

function setDepths(roots: Node[]) {
  const stack: Node[] = [...roots];
  for (let node = stack.pop(); node; node = stack.pop()) {
    node.depth = node.parent ? node.parent.depth + 1 : 0;
    stack.push(...node.children);
  }
}

/** Groups start folded, all else open; `toggled` turns that round. */
export function isOpen(node: Node, toggled: ReadonlySet<string>): boolean {
  return (node.kind === 'group') === toggled.has(node.id);
}

/** The rows in view order. */
export function rows(tree: Tree, toggled: ReadonlySet<string>): Node[] {
  const out: Node[] = [];
  const stack = [...tree.roots].reverse();
  for (let node = stack.pop(); node; node = stack.pop()) {
    out.push(node);
    if (node.children.length && isOpen(node, toggled))
      for (let i = node.children.length - 1; i >= 0; i--) stack.push(node.children[i]);
  }
  return out;
}

/** The nearest row in view that stands for a node: itself or the folded one above it. */
export function shownFor(node: Node, toggled: ReadonlySet<string>): Node {
  let shown = node;
  for (let at = node.parent; at; at = at.parent) if (!isOpen(at, toggled)) shown = at;
  return shown;
}

/** What has to be toggled so that a node is in view. */
export function reveal(node: Node, toggled: ReadonlySet<string>): Set<string> {
  const out = new Set(toggled);
  for (let at = node.parent; at; at = at.parent)
    if (!isOpen(at, out)) {
      if (out.has(at.id)) out.delete(at.id);
      else out.add(at.id);
    }
  return out;
}

/** From when to when a row runs, ns since the start of the trace. */
export function extent(node: Node): [number, number] {
  if (node.kind === 'span') return [node.span.offset, node.span.offset + node.span.duration];
  let from = Infinity;
  let to = -Infinity;
  for (const child of node.children) {
    const [a, b] = extent(child);
    from = Math.min(from, a);
    to = Math.max(to, b);
  }
  return [from, to];
}

/** Whether the row, or any member of its group, failed. */
export function failed(node: Node): boolean {
  if (node.kind === 'span') return node.span.error;
  return node.kind === 'group' && node.members.some((m) => m.span.error);
}

/** The time a row ran: the sum over a group. */
export function total(node: Node): number {
  if (node.kind === 'span') return node.span.duration;
  if (node.kind === 'group') return node.members.reduce((sum, m) => sum + m.span.duration, 0);
  return NaN;
}

/** The own time of a row: the sum over a group. */
export function own(node: Node): number {
  if (node.kind === 'span') return node.span.own;
  if (node.kind === 'group') return node.members.reduce((sum, m) => sum + m.span.own, 0);
  return NaN;
}
