/** A logarithmic axis of durations (ns): the x of the stride, the y of the heat map. */
export interface LogAxis {
  min: number;
  max: number;
}

/** The axis of every latency column: 1 ms to 10 s. */
export const LATENCY: LogAxis = { min: 1e6, max: 10e9 };

/** An axis for a few values alone: the common one, or four decades from the smallest where that lies below it. */
export function axisFor(values: readonly number[]): LogAxis {
  const known = values.filter((v) => v > 0);
  const least = Math.min(...known);
  if (known.length === 0 || least >= LATENCY.min) return LATENCY;
  const min = Math.pow(10, Math.floor(Math.log10(least)));
  const top = Math.pow(10, Math.ceil(Math.log10(Math.max(...known))));
  return { min, max: Math.max(min * 1e4, top) };
}

/** Where a value lies, 0 to 1; outside values stand at the edge. */
export function position(axis: LogAxis, value: number): number {
  if (!(value > axis.min)) return 0;
  if (value >= axis.max) return 1;
  return Math.log(value / axis.min) / Math.log(axis.max / axis.min);
}

/** The value at a position from 0 to 1. */
export function valueAt(axis: LogAxis, at: number): number {
  return axis.min * Math.pow(axis.max / axis.min, Math.min(1, Math.max(0, at)));
}

/** The powers of ten within the axis, ends included. */
export function decades(axis: LogAxis): number[] {
  const out: number[] = [];
  const first = Math.ceil(Math.log10(axis.min) - 1e-9);
  for (let e = first; Math.pow(10, e) <= axis.max * (1 + 1e-9); e++) out.push(Math.pow(10, e));
  return out;
}

/** Linear ticks of a duration (ns) from 0: a round step, at most `most` of them. */
export function linearTicks(from: number, to: number, most: number): number[] {
  const raw = (to - from) / Math.max(1, most);
  if (!(raw > 0)) return [from];
  const power = Math.pow(10, Math.floor(Math.log10(raw)));
  const step = [1, 2, 5, 10].map((m) => m * power).find((s) => s >= raw) ?? 10 * power;
  const out: number[] = [];
  for (let i = Math.ceil(from / step - 1e-9) + 0; i * step <= to + step * 1e-6; i++) out.push(i * step);
  return out;
}
