/** When storage reaches its limit, from the days stored so far. */

export interface Day {
  /** Unix ms of its start. */
  day: number;
  bytes: number;
}

export interface Forecast {
  /** Mean growth of a whole day, bytes. */
  perDay: number;
  /** The spread of that mean, bytes: one standard error each way. */
  spread: number;
  /** Days from now until the limit; undefined when it is not reached or unknown. */
  daysLeft: number | undefined;
}

/** Fewer whole days than this give no forecast. */
export const ENOUGH_DAYS = 3;

/** Judges whole days only: today is still growing. */
export function forecast(
  days: readonly Day[],
  used: number,
  limit: number,
  now: number,
): Forecast | undefined {
  const whole = days.filter((d) => d.day + 86400e3 <= now).map((d) => d.bytes);
  if (whole.length < ENOUGH_DAYS) return undefined;
  const perDay = whole.reduce((a, b) => a + b, 0) / whole.length;
  const variance = whole.reduce((sum, b) => sum + (b - perDay) ** 2, 0) / (whole.length - 1);
  const spread = Math.sqrt(variance / whole.length);
  const daysLeft = limit > used && perDay > 0 ? (limit - used) / perDay : undefined;
  return { perDay, spread, daysLeft };
}
