import { displayName } from '../support/names';
import type { Look } from './finding';
import type { Forecast } from './forecast/forecasts';
import { LookBuilder } from './judge';
import { AGENT, diskSubject } from './judge-machine';
import type { DiskFigures } from './machine/disks';

const HOUR = 3_600_000;
/** Where a forecast begins to count, and from where on it does no more, ms. */
const SOON = [8 * HOUR, 12 * HOUR] as const;
const VERY_SOON = [2 * HOUR, 3 * HOUR] as const;
/** A disk that is mostly empty is no matter for today: a large download ends by itself. */
const WORTH_TELLING = 0.7;

/** When a disk will be full. @param forecast null when it does not fill up */
export function judgeDiskForecast(
  { path, totalBytes, freeBytes }: DiskFigures,
  forecast: Forecast | null,
): Look {
  const name = displayName(path);
  const used = totalBytes === 0 ? 0 : 1 - freeBytes / totalBytes;
  const message = `The disk of ${name} is full in ${timeText(forecast)} if it goes on like this (${rateText(forecast)})`;
  const details = { path, freeBytes, leftMs: Math.round(forecast?.leftMs ?? 0) };
  return new LookBuilder(diskSubject(path))
    .add(
      'machine.disk-filling',
      used < WORTH_TELLING ? 'good' : verdictOf(forecast, SOON),
      message,
      details,
    )
    .add('machine.disk-filling-fast', verdictOf(forecast, VERY_SOON), message, details).look;
}

/** When the agent takes too much memory. @param forecast null when it does not grow */
export function judgeMemoryForecast(forecast: Forecast | null): Look {
  const message = `The agent takes too much memory in ${timeText(forecast)} if it goes on like this (${rateText(forecast)})`;
  const details = { leftMs: Math.round(forecast?.leftMs ?? 0) };
  return new LookBuilder(AGENT)
    .add('agent.memory-growing', verdictOf(forecast, SOON), message, details)
    .add('agent.memory-growing-fast', verdictOf(forecast, VERY_SOON), message, details).look;
}

function verdictOf(
  forecast: Forecast | null,
  [badUntil, goodFrom]: readonly [number, number],
): 'good' | 'between' | 'bad' {
  if (forecast === null || forecast.leftMs >= goodFrom) return 'good';
  return forecast.leftMs <= badUntil ? 'bad' : 'between';
}

function timeText(forecast: Forecast | null): string {
  if (forecast === null) return '?';
  const minutes = Math.round(forecast.leftMs / 60_000);
  return minutes < 120 ? `${String(minutes)} min` : `${String(Math.round(minutes / 60))} h`;
}

function rateText(forecast: Forecast | null): string {
  const mib = ((forecast?.perSecond ?? 0) * 3600) / 1024 ** 2;
  return mib >= 1024 ? `${(mib / 1024).toFixed(1)} GiB an hour` : `${mib.toFixed(0)} MiB an hour`;
}
