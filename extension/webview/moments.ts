import type { ChartRange } from '../health/charts/chart-page';

/** Labels of an axis, coarse. @param at ms since 1970 */
export function axisMoment(at: number, range: ChartRange): string {
  return new Intl.DateTimeFormat(
    undefined,
    range === 'week'
      ? { weekday: 'short', day: 'numeric' }
      : { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' },
  ).format(at);
}

/** A moment, as precise as the range needs. @param at ms since 1970 */
export function exactMoment(at: number, range: ChartRange): string {
  return new Intl.DateTimeFormat(undefined, {
    hourCycle: 'h23',
    hour: '2-digit',
    minute: '2-digit',
    ...(range === 'hour' ? { second: '2-digit' } : {}),
    ...(range === 'hour' ? {} : { weekday: 'short', day: 'numeric', month: 'short' }),
  }).format(at);
}
