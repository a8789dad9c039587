import assert from 'node:assert/strict';
import { forecastOf } from '../../../../agent/monitor/forecast/forecasts';
import { slope, steadySlope, type Point } from '../../../../agent/monitor/forecast/trend';
import { judgeDiskForecast, judgeMemoryForecast } from '../../../../agent/monitor/judge-forecast';
import { Seeded } from '../../../support/seeded';

const GIB = 1024 ** 3;
const HOUR_S = 3_600;

/** An hour of measurements, every 10 s. @param free of a second from 0 on */
function hour(free: (second: number) => number, seconds = HOUR_S): Point[] {
  return Array.from({ length: seconds / 10 }, (_, at) => ({ time: at * 10, value: free(at * 10) }));
}
const hoursLeft = (points: readonly Point[]): number | null => {
  const forecast = forecastOf(points, 0);
  return forecast === null ? null : forecast.leftMs / 3_600_000;
};

describe('when a disk will be full', () => {
  it('is told from how it went in the last hour', () => {
    const left = hoursLeft(hour((second) => 100 * GIB - (20 * GIB * second) / HOUR_S));
    assert.ok(left !== null && Math.abs(left - 4) < 0.02, String(left));
  });
  it('is not moved by a quarter of wild values, nor by noise', () => {
    const random = new Seeded(5).next;
    const points = hour((second) => {
      const line = 100 * GIB - (20 * GIB * second) / HOUR_S + (random() - 0.5) * GIB;
      return random() < 0.25 ? line - 60 * GIB * random() : line;
    });
    const left = hoursLeft([...points, { time: HOUR_S, value: 80 * GIB }]);
    assert.ok(left !== null && left > 3 && left < 5, String(left));
  });
  it('is not told of a disk that only goes up and down, or gets emptier', () => {
    const random = new Seeded(6).next;
    assert.equal(hoursLeft(hour(() => 50 * GIB)), null);
    assert.equal(hoursLeft(hour((second) => 50 * GIB + second * 1e6)), null);
    const noise = hoursLeft(hour(() => 50 * GIB + (random() - 0.5) * GIB));
    assert.ok(noise === null || noise > 24, String(noise));
  });
  it('is not told of what is over, has just begun, or was one large file', () => {
    const full = 50 * GIB;
    const grows = (second: number): number => full - (10 * GIB * second) / 1_800;
    assert.equal(hoursLeft(hour((second) => grows(Math.min(second, 1_800)))), null, 'over');
    assert.equal(hoursLeft(hour((second) => grows(Math.max(0, second - 3_000)))), null, 'begun');
    assert.equal(hoursLeft(hour((second) => (second < 2_000 ? full : full / 2))), null, 'a file');
  });
  it('is not told before there is most of an hour', () => {
    const filling = (second: number): number => 10 * GIB - second * 1e6;
    assert.equal(hoursLeft(hour(filling, 2_000)), null);
    assert.ok(hoursLeft(hour(filling, 2_700)) !== null);
    assert.equal(steadySlope([]), null);
    assert.equal(slope(hour(filling, 50)), null);
  });
});

describe('a forecast is judged', () => {
  const HOUR = 3_600_000;
  const said = (hours: number | null, usedPart = 0.8): string[] => {
    const disk = {
      path: '/',
      paths: ['/'],
      totalBytes: 100 * GIB,
      freeBytes: (1 - usedPart) * 100 * GIB,
      inodes: null,
    };
    const forecast = hours === null ? null : { leftMs: hours * HOUR, perSecond: 1e6 };
    const look = judgeDiskForecast(disk, forecast);
    return [...look.findings.map(({ fault }) => fault), ...look.between.map((id) => `~${id}`)];
  };
  it('as a warning below 8 hours, as critical below 2, with hysteresis', () => {
    assert.deepEqual(said(null), []);
    assert.deepEqual(said(13), []);
    assert.deepEqual(said(10), ['~machine.disk-filling']);
    assert.deepEqual(said(7), ['machine.disk-filling']);
    assert.deepEqual(said(2.5), ['machine.disk-filling', '~machine.disk-filling-fast']);
    assert.deepEqual(said(1.5), ['machine.disk-filling', 'machine.disk-filling-fast']);
  });
  it('not of a disk that is half empty, unless it is full within 2 hours', () => {
    assert.deepEqual(said(7, 0.5), []);
    assert.deepEqual(said(1, 0.5), ['machine.disk-filling-fast']);
  });
  it('of the agent, too, in words that say how fast', () => {
    const { findings } = judgeMemoryForecast({ leftMs: 90 * 60_000, perSecond: 100_000 });
    assert.deepEqual(
      findings.map(({ fault }) => fault),
      ['agent.memory-growing', 'agent.memory-growing-fast'],
    );
    assert.match(findings[0]?.message ?? '', /in 90 min .*343 MiB an hour/);
  });
});
