import assert from 'node:assert/strict';
import { appendFile, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ChartLine } from '../../../../agent/monitor/series/chart';
import type { Sample } from '../../../../agent/monitor/series/metrics';
import { SAMPLE_MS, SeriesStore } from '../../../../agent/monitor/series/series-store';
import { silentLog } from '../../../../agent/support/log';
import { systemClock, type Clock, type Timer } from '../../../../agent/support/clock';
import { refused } from '../../../support/refused';

const MIN = 60_000;
const HOUR = 60 * MIN;
const DAY = 24 * HOUR;
/** A full hour, so that steps begin where the test says. */
const BEGIN = 1_700_000_400_000 - (1_700_000_400_000 % (3 * DAY)) + 3 * DAY;

class SetClock implements Clock {
  at = BEGIN;
  readonly now = (): number => this.at;
  readonly monotonic = (): number => this.at;
  setTimeout(fn: () => void, ms: number): Timer {
    return systemClock.setTimeout(fn, ms);
  }
  sleep(ms: number): Promise<void> {
    return systemClock.sleep(ms);
  }
}

describe('figures over time', () => {
  let folder: string;
  let clock: SetClock;
  let store: SeriesStore;

  const open = async (): Promise<void> => {
    store = await SeriesStore.open({ folder, clock, log: silentLog });
  };
  const restart = async (): Promise<void> => {
    await store.close();
    await open();
  };
  /** Measures every 10 s for a time. */
  const measure = async (ms: number, samples: (at: number) => Sample[]): Promise<void> => {
    for (const end = clock.at + ms; clock.at < end; clock.at += SAMPLE_MS) {
      store.record(samples(clock.at));
      if (clock.at % HOUR === 0) await store.flush();
    }
    await store.flush();
  };
  const cpu = (value: number): Sample[] => [{ metric: 'machine.cpu', of: '', value }];
  const line = async (from: number, stepMs: number, metric = 'machine.cpu'): Promise<ChartLine> => {
    const drawn = await store.chart({ metric, of: null, from, to: clock.at - 1, stepMs });
    assert.equal(drawn.stepMs, stepMs);
    assert.equal(drawn.lines.length, 1);
    assert.ok(drawn.lines[0]);
    return drawn.lines[0];
  };

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'bulwark-series-'));
    clock = new SetClock();
    await open();
  });
  afterEach(async () => {
    await store.close();
    await rm(folder, { recursive: true });
  });

  it('can be drawn with every point of an hour, before and after a restart', async () => {
    await measure(HOUR, (at) => cpu((at - BEGIN) / HOUR));
    const expected = Array.from({ length: 360 }, (_, place) => Math.fround(place / 360));
    assert.deepEqual((await line(BEGIN, SAMPLE_MS)).mean, expected);
    await restart();
    assert.deepEqual((await line(BEGIN, SAMPLE_MS)).mean, expected);
  });

  it('keep means and maxima of what is drawn coarser', async () => {
    await measure(2 * MIN, (at) => cpu(at % MIN === 0 ? 0.7 : 0.1));
    const { mean, max } = await line(BEGIN, MIN);
    assert.deepEqual(
      mean.map((value) => value?.toFixed(3)),
      ['0.200', '0.200'],
    );
    assert.deepEqual(max, [Math.fround(0.7), Math.fround(0.7)]);
  });

  it('are there at the end of a coarse chart before its step is over, also after a restart', async () => {
    await measure(HOUR + 5 * MIN, () => cpu(0.5));
    await restart();
    await measure(MIN, () => cpu(0.5));
    const { mean } = await line(BEGIN, 10 * MIN);
    assert.deepEqual(mean, [0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5]);
  });

  it('have gaps where the agent did not run or something was not measured', async () => {
    await measure(20_000, () => cpu(0.5));
    await measure(10_000, () => []);
    await store.close();
    clock.at += 20_000;
    await open();
    await measure(20_000, () => cpu(0.25));
    assert.deepEqual((await line(BEGIN, SAMPLE_MS)).mean, [0.5, 0.5, null, null, null, 0.25, 0.25]);
  });

  it('of several things are told apart', async () => {
    await measure(MIN, () => [
      { metric: 'component.up', of: 'web', value: 1 },
      { metric: 'component.up', of: 'a/ü', value: 0 },
    ]);
    const ask = { metric: 'component.up', from: BEGIN, to: clock.at, stepMs: MIN };
    const all = await store.chart({ ...ask, of: null });
    assert.deepEqual(
      all.lines.map(({ of, mean }) => [of, mean[0]]),
      [
        ['a/ü', 0],
        ['web', 1],
      ],
    );
    const one = await store.chart({ ...ask, of: 'web' });
    assert.deepEqual(
      one.lines.map(({ of }) => of),
      ['web'],
    );
    const known = store.list().find(({ metric }) => metric === 'component.up');
    assert.deepEqual(known?.of, ['a/ü', 'web']);
  });

  it('are kept finely for a day, by the minute for a week, and no longer than 90 days', async () => {
    const hourly = async (ms: number): Promise<void> => {
      for (const end = clock.at + ms; clock.at < end; clock.at += HOUR) {
        store.record(cpu(0.5));
        await store.flush();
      }
    };
    await hourly(100 * DAY);
    const names = async (name: string): Promise<number> =>
      (await readdir(join(folder, name))).length;
    assert.ok((await names('10s')) <= 26, 'a day of hours');
    assert.ok((await names('1min')) <= 30, 'a week of quarters of a day');
    assert.ok((await names('10min')) <= 32, '90 days of three');
    const old = await store.chart({
      metric: 'machine.cpu',
      of: null,
      from: clock.at - 80 * DAY,
      to: clock.at - 79 * DAY,
      stepMs: SAMPLE_MS,
    });
    assert.equal(old.stepMs, 10 * MIN, 'raised to what is kept of that time');
    assert.ok((old.lines[0]?.mean.filter((value) => value !== null).length ?? 0) >= 24);
  });

  it('survive a write that a crash cut off: what was whole before is there, and it goes on', async () => {
    await measure(MIN, () => cpu(0.5));
    await store.close();
    const [name = ''] = await readdir(join(folder, '10s'));
    const file = join(folder, '10s', name);
    const whole = await readFile(file);
    await appendFile(file, whole.subarray(0, 20));
    await open();
    assert.deepEqual(await readFile(file), whole);
    await measure(MIN, () => cpu(0.25));
    await restart();
    const { mean } = await line(BEGIN, SAMPLE_MS);
    assert.deepEqual(mean, [...Array<number>(6).fill(0.5), ...Array<number>(6).fill(0.25)]);
  });

  it('survive a damaged file: it costs that file, and nothing else', async () => {
    await measure(2 * HOUR, () => cpu(0.5));
    await store.close();
    const [name = ''] = (await readdir(join(folder, '10s'))).sort();
    await writeFile(join(folder, '10s', name), 'nothing of this is a segment');
    await writeFile(join(folder, '10s', 'a stranger.txt'), 'leave me');
    await open();
    const { mean } = await line(BEGIN, SAMPLE_MS);
    assert.equal(mean.filter((value) => value === 0.5).length, 360);
    assert.ok((await readdir(join(folder, '10s'))).includes('a stranger.txt'));
  });

  it('can be read when the clock was set back', async () => {
    await measure(90 * MIN, () => cpu(0.5));
    clock.at -= HOUR;
    await measure(20 * MIN, () => cpu(1));
    await restart();
    clock.at = BEGIN + 90 * MIN;
    const { max } = await line(BEGIN, 10 * MIN);
    assert.equal(max.length, 9);
    assert.equal(max[3], 1);
    assert.equal(max[0], 0.5);
  });

  it('take less than half a byte for what does not change', async () => {
    const many = Array.from({ length: 100 }, (_, place) => ({
      metric: 'component.up' as const,
      of: `component-${String(place)}`,
      value: 1,
    }));
    await measure(HOUR, () => many);
    assert.ok(store.bytes < 36_000 * 0.4, `${String(store.bytes)} bytes for 36,000 values`);
  });

  it('that nobody knows are refused with a reason', async () => {
    await assert.rejects(
      store.chart({ metric: 'no.such', of: null, from: 0, to: 1, stepMs: 1_000 }),
      refused('metric-unknown'),
    );
  });
});
