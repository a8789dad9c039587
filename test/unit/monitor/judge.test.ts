import assert from 'node:assert/strict';
import type { ComponentView } from '../../../agent/components/component';
import { idOf } from '../../../agent/components/component-id';
import { Samples } from '../../../agent/components/samples';
import type { Look } from '../../../agent/monitor/finding';
import { judgeComponent } from '../../../agent/monitor/judge-component';
import { judgeDisk, judgeMachine } from '../../../agent/monitor/judge-machine';
import { parseVmStat } from '../../../agent/monitor/machine/memory';

const GIB = 1024 ** 3;

/** What a look says of each fault that is not good. */
function said(look: Look): Record<string, string> {
  return Object.fromEntries<string>([
    ...look.findings.map(({ fault }) => [fault, 'bad'] as const),
    ...look.between.map((fault) => [fault, 'between'] as const),
    ...look.unknown.map((fault) => [fault, 'unknown'] as const),
  ]);
}

describe('the machine is judged', () => {
  const memory = (usedPart: number): Record<string, string> =>
    said(
      judgeMachine({
        cpu: 1,
        memory: { totalBytes: 100, availableBytes: 100 * (1 - usedPart), pressure: null },
        disks: [],
        watches: { used: 95, limit: 100 },
        files: null,
        onBattery: null,
      }),
    );
  it('by its memory with hysteresis, and never by its CPU', () => {
    assert.equal(memory(0.86)['machine.memory-low'], 'bad');
    assert.equal(memory(0.8)['machine.memory-low'], 'between');
    assert.equal(memory(0.7)['machine.memory-low'], undefined);
    assert.deepEqual(Object.keys(memory(0.7)), ['machine.watches-low']);
  });
  it('as unknown where memory cannot be measured', () => {
    const look = judgeMachine({
      cpu: null,
      memory: null,
      disks: [],
      watches: null,
      files: null,
      onBattery: null,
    });
    assert.deepEqual(said(look), {
      'machine.memory-low': 'unknown',
      'machine.memory-pressure': 'unknown',
    });
  });
  it('by a disk that is nearly full, unless much is free all the same', () => {
    const disk = (totalGib: number, freeGib: number): Record<string, string> =>
      said(
        judgeDisk({
          path: '/',
          paths: ['/'],
          totalBytes: totalGib * GIB,
          freeBytes: freeGib * GIB,
          inodes: null,
        }),
      );
    assert.deepEqual(disk(4000, 200), {}, 'only large');
    assert.deepEqual(disk(90, 8), {
      'machine.disk-full': 'bad',
      'machine.disk-critical': 'between',
    });
    assert.deepEqual(disk(90, 4), { 'machine.disk-full': 'bad', 'machine.disk-critical': 'bad' });
    assert.deepEqual(disk(90, 20), {});
    assert.deepEqual(disk(4, 2), {}, 'a small disk that is half empty');
  });
  it('on a Mac by what can be had, not by what is free', () => {
    const text =
      'Mach Virtual Memory Statistics: (page size of 16384 bytes)\nPages free: 10.\nPages active: 500.\nPages inactive: 300.\nPages speculative: 5.\nPages purgeable: 1.\n';
    assert.equal(parseVmStat(text), 316 * 16_384);
  });
});

describe('a component is judged', () => {
  const component = (
    state: ComponentView['state'],
    oks: readonly boolean[] = [],
    ms = 10,
  ): ComponentView => {
    const samples = new Samples();
    for (const [at, ok] of oks.entries()) samples.add(at, ok, ms);
    return {
      id: idOf('app', 'web'),
      spec: { kind: 'tcp', port: 1 },
      origin: { kind: 'settings', file: '/x', approved: true },
      scope: 'app',
      folder: '/',
      dependsOn: [],
      state,
      since: 0,
      checkedAt: null,
      pid: null,
      restarts: 0,
      figures: samples.figures,
      uptime: { upMs: 0, ofMs: 0 },
      memoryBytes: null,
      circuit: 'closed',
    };
  };
  const view = (...of: Parameters<typeof component>): Record<string, string> =>
    said(judgeComponent(component(...of)));
  const up = { kind: 'up' } as const;
  const many = (count: number, ok: boolean): boolean[] => Array.from({ length: count }, () => ok);

  it('by its state; what nobody can tell is unknown, what was stopped is no fault', () => {
    const why = 'x';
    assert.deepEqual(view(up), {});
    assert.deepEqual(view({ kind: 'stopped', why }), {});
    assert.deepEqual(view({ kind: 'unapproved' }), {});
    assert.deepEqual(view({ kind: 'down', why }), { 'component.down': 'bad' });
    assert.deepEqual(view({ kind: 'failed', why }), { 'component.failed': 'bad' });
    assert.deepEqual(view({ kind: 'unknown', why }), { 'component.down': 'unknown' });
  });
  it('with a word on what is unusual for it, which alone is no fault', () => {
    const measured = { isUnusual: () => true };
    assert.deepEqual(said(judgeComponent(component(up, many(20, true)), measured)), {});
    const { findings } = judgeComponent(component(up, many(20, true), 5_000), measured);
    assert.match(findings[0]?.message ?? '', /5000 ms to answer .*, which is unusual for it$/);
  });
  it('as slow over 20 checks at least, by the 95th percentile', () => {
    assert.deepEqual(view(up, many(19, true), 5_000), {});
    assert.deepEqual(view(up, many(20, true), 5_000), { 'component.slow': 'bad' });
    assert.deepEqual(view(up, many(20, true), 1_800), { 'component.slow': 'between' });
  });
  it('as failing from five failures on: a single one is none', () => {
    assert.deepEqual(view(up, [...many(4, false), ...many(4, true)]), {});
    assert.deepEqual(view(up, [...many(5, false), ...many(55, true)]), {
      'component.errors': 'bad',
    });
  });
  it('with percentiles of those checks that succeeded', () => {
    const samples = new Samples();
    for (let ms = 1; ms <= 100; ms++) samples.add(10_000 * ms, true, ms);
    samples.add(1_010_000, false, 9_999);
    const { count, p50, p95, p99, throughput } = samples.figures;
    assert.deepEqual({ count, p50, p95, p99 }, { count: 60, p50: 71, p95: 98, p99: 100 });
    assert.equal(throughput, 0.1, 'one check in ten seconds');
  });
});
