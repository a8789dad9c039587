import assert from 'node:assert/strict';
import { componentId } from '../../../agent/protocol/component-spec';
import type { Danger } from '../../../agent/manager/emergencies/emergency';
import type { AlertView, ComponentView, Signs } from '../../../agent/manager/emergencies/signs';
import { dangersIn } from '../../../agent/manager/emergencies/triggers';
import type { IncidentPart, IncidentRecord } from '../../../agent/manager/incidents/incident';
import { fingerprintOf } from '../../../agent/monitor/alerts/alert';
import { FAULTS, type FaultId } from '../../../agent/monitor/catalogue';

const AT = Date.UTC(2026, 4, 4, 10);
const MINUTE = 60_000;
const GIB = 1024 ** 3;
const SETTINGS = { criticalIncidents: 3, massDeletionWorktrees: 2, withinMs: 10 * MINUTE };

function signs(changes: Partial<Signs> = {}): Signs {
  return {
    incidents: [],
    alerts: [],
    losses: [],
    components: [],
    machine: null,
    damage: null,
    sources: [],
    traffic: [],
    home: '/home/ann/.bulwark',
    cutOff: new Set(),
    ...changes,
  };
}

function incident(part: Partial<IncidentPart>, minute = 0): IncidentRecord {
  const at = AT + minute * MINUTE;
  const whole: IncidentPart = {
    key: `alert ${String(minute)}`,
    kind: 'alert',
    role: 'cause',
    subject: { kind: 'worktree', id: `w${String(minute)}`, name: `/work/${String(minute)}` },
    severity: 'critical',
    message: `wrong ${String(minute)}`,
    since: at,
    endedAt: null,
    ...part,
  };
  return {
    id: `i${String(minute)}`,
    group: whole.subject.name,
    severity: 'critical',
    state: 'open',
    openedAt: at,
    closedAt: null,
    touchedAt: at,
    parts: [whole],
    timeline: [],
  };
}

function alert(fault: FaultId, id: string, message = fault): AlertView {
  const subject = { kind: 'machine', id, name: id, group: id } as const;
  return {
    fingerprint: fingerprintOf(fault, subject, ''),
    fault,
    subject,
    part: '',
    severity: FAULTS[fault].severity,
    message,
    details: {},
    phase: { kind: 'firing' },
    unknown: false,
    startsAt: AT,
    endsAt: null,
    acknowledged: null,
    flapping: false,
    looks: [],
    silencedBy: null,
    inhibitedBy: null,
    consequences: [],
  };
}

function component(name: string, changes: Partial<ComponentView> = {}): ComponentView {
  return {
    id: componentId.parse(name),
    spec: { kind: 'process', command: ['run'] },
    origin: { kind: 'program', name: 'test' },
    scope: 'programs',
    folder: '/work/app',
    dependsOn: [],
    state: { kind: 'up' },
    since: AT,
    checkedAt: null,
    pid: 4711,
    restarts: 0,
    figures: { count: 0, errorRate: 0, p50: null, p95: null, p99: null, throughput: null },
    uptime: { upMs: 0, ofMs: 0 },
    memoryBytes: null,
    circuit: 'closed',
    ...changes,
  };
}

/** Losses with the incidents that they are. */
function lost(
  ...all: readonly {
    path: string;
    kind?: 'deleted' | 'folder' | 'reverted' | 'stash';
    files?: number;
    minute?: number;
  }[]
): Pick<Signs, 'losses' | 'incidents' | 'sources'> {
  return {
    sources: all.map(({ path }) => ({ id: path, path })),
    losses: all.map(({ path, kind = 'deleted', files = 40 }) => ({
      kind,
      lost: files,
      record: { source: { id: path, path } },
    })),
    incidents: all.map(({ path, minute = 0 }) =>
      incident(
        { key: `loss ${path}`, kind: 'loss', subject: { kind: 'worktree', id: path, name: path } },
        minute,
      ),
    ),
  };
}

function only(dangers: readonly Danger[]): Danger {
  const [danger] = dangers;
  assert.ok(danger !== undefined && dangers.length === 1, JSON.stringify(dangers));
  return danger;
}

describe('It is an emergency when', () => {
  it('nothing is wrong: never', () => {
    assert.deepEqual(dangersIn(signs(), SETTINGS), []);
  });

  it('many files are deleted in two worktrees within ten minutes, and not for one alone', () => {
    assert.deepEqual(dangersIn(signs(lost({ path: '/work/a' })), SETTINGS), []);
    const both = lost({ path: '/work/a' }, { path: '/work/b', kind: 'folder', minute: 8 });
    const danger = only(dangersIn(signs(both), SETTINGS));
    assert.equal(danger.trigger, 'mass-deletion');
    assert.equal(danger.level, 1);
    assert.equal(danger.message, 'Files disappeared in 2 worktrees: /work/a, /work/b');
    assert.deepEqual(danger.evidence, [
      '/work/a: 40 files were deleted at once',
      '/work/b: the folder is gone, with 40 files',
    ]);
    assert.equal(danger.atRisk, null);
    const apart = lost({ path: '/work/a' }, { path: '/work/b', minute: 11 });
    assert.deepEqual(dangersIn(signs(apart), SETTINGS), []);
  });

  it('a third worktree loses files: worse', () => {
    const three = lost({ path: '/a' }, { path: '/b' }, { path: '/c', kind: 'reverted' });
    assert.equal(only(dangersIn(signs(three), SETTINGS)).level, 2);
    // A few changes that were taken back on purpose, and a stash, are none.
    const few = lost({ path: '/a' }, { path: '/b', kind: 'reverted', files: 3 });
    assert.deepEqual(dangersIn(signs(few), SETTINGS), []);
    const stashed = lost({ path: '/a' }, { path: '/b', kind: 'stash' });
    assert.deepEqual(dangersIn(signs(stashed), SETTINGS), []);
  });

  it('files disappear: what the agent runs in those folders is suspected, nothing else', () => {
    const components = [
      component('cleaner', {
        folder: '/elsewhere',
        spec: { kind: 'process', command: ['x'], cwd: '/a/sub' },
      }),
      component('other', { folder: '/work' }),
      component('ended', { folder: '/a', state: { kind: 'stopped', why: 'asked' } }),
      component('foreign', { folder: '/a', spec: { kind: 'pid', pid: 4711 } }),
    ];
    const { suspects } = only(
      dangersIn(signs({ ...lost({ path: '/a' }, { path: '/b' }), components }), SETTINGS),
    );
    assert.deepEqual(
      suspects.map(({ id }) => id),
      ['cleaner'],
    );
  });

  it('git was told to remove worktrees: never', () => {
    const folder = { kind: 'folder' } as const;
    const removed = lost(
      { path: '/a', ...folder },
      { path: '/b', ...folder },
      { path: '/c', ...folder },
    );
    assert.deepEqual(dangersIn(signs({ ...removed, sources: [] }), SETTINGS), []);
  });

  it('a person has closed the incident of a loss: no more', () => {
    const { losses, sources } = lost({ path: '/a' }, { path: '/b' });
    const { incidents } = lost({ path: '/a' });
    assert.deepEqual(dangersIn(signs({ losses, sources, incidents }), SETTINGS), []);
  });

  it('a disk is full; with the store on it everything is at risk, and what floods it is suspected', () => {
    const disks = [
      {
        path: '/home/ann/.bulwark',
        paths: ['/home/ann/.bulwark', '/a'],
        totalBytes: 100 * GIB,
        freeBytes: GIB,
        inodes: null,
      },
      { path: '/mnt/b', paths: ['/mnt/b'], totalBytes: 100 * GIB, freeBytes: GIB, inodes: null },
    ];
    const machine = { memory: null, disks, cpu: null, watches: null, files: null, onBattery: null };
    const world = signs({
      machine,
      sources: [
        { id: 'a', path: '/a' },
        { id: 'b', path: '/mnt/b' },
      ],
      traffic: [
        { source: 'a', path: '/a', bytes: 3 * GIB },
        { source: 'b', path: '/mnt/b', bytes: GIB },
      ],
    });
    const store = alert('machine.disk-critical', 'disk /home/ann/.bulwark');
    const danger = only(dangersIn({ ...world, alerts: [store] }, SETTINGS));
    assert.equal(danger.level, 2);
    assert.equal(danger.atRisk, null);
    assert.deepEqual(
      danger.suspects.map(({ kind, id }) => `${kind} ${id}`),
      ['source a'],
    );
    const other = alert('machine.disk-filling-fast', 'disk /mnt/b');
    const elsewhere = only(dangersIn({ ...world, alerts: [other] }, SETTINGS));
    assert.equal(elsewhere.level, 1);
    assert.deepEqual(elsewhere.atRisk, ['b']);
    assert.deepEqual(elsewhere.suspects, []);
  });

  it('memory runs out: not when little is left, but when programs wait for it or hardly any is', () => {
    const memory = { totalBytes: 100 * GIB, availableBytes: 10 * GIB, pressure: 0 };
    const machine = { memory, disks: [], cpu: null, watches: null, files: null, onBattery: null };
    const low = alert('machine.memory-low', 'machine');
    const components = [
      component('small', { memoryBytes: GIB }),
      component('large', { memoryBytes: 4 * GIB }),
      component('unknown'),
    ];
    const world = signs({ machine, components, alerts: [low] });
    assert.deepEqual(dangersIn(world, SETTINGS), []);
    const few = { ...machine, memory: { ...memory, availableBytes: 4 * GIB } };
    assert.equal(only(dangersIn({ ...world, machine: few }, SETTINGS)).level, 1);
    const pressure = alert('machine.memory-pressure', 'machine');
    const waiting = only(dangersIn({ ...world, alerts: [low, pressure] }, SETTINGS));
    assert.equal(waiting.level, 2);
    assert.deepEqual(
      waiting.suspects.map(({ id }) => id),
      ['large'],
    );
  });

  it('the store has lost something that cannot be mended, or packs are gone', () => {
    const damage = { message: '3 files in 2 snapshots cannot be read any more.' };
    const danger = only(dangersIn(signs({ damage }), SETTINGS));
    assert.equal(danger.message, damage.message);
    assert.equal(danger.level, 2);
    const packs = incident({ key: 'check packs p1', kind: 'check', severity: 'warning' });
    assert.equal(only(dangersIn(signs({ incidents: [packs] }), SETTINGS)).trigger, 'store-damaged');
  });

  it('three critical incidents begin within ten minutes; what another danger explains does not count', () => {
    const three = [incident({}, 0), incident({}, 4), incident({}, 9)];
    const danger = only(dangersIn(signs({ incidents: three }), SETTINGS));
    assert.equal(danger.trigger, 'critical-incidents');
    assert.deepEqual(danger.atRisk, ['w0', 'w4', 'w9']);
    assert.deepEqual(danger.evidence, ['i0: wrong 0', 'i4: wrong 4', 'i9: wrong 9']);
    assert.deepEqual(
      dangersIn(
        signs({ incidents: [incident({}, 0), incident({}, 9), incident({}, 20)] }),
        SETTINGS,
      ),
      [],
    );
    const warnings = three.map((one) => ({
      ...one,
      parts: one.parts.map((part) => ({ ...part, severity: 'warning' as const })),
    }));
    assert.deepEqual(dangersIn(signs({ incidents: warnings }), SETTINGS), []);
    const losses = lost({ path: '/a' }, { path: '/b' }, { path: '/c' });
    assert.equal(only(dangersIn(signs(losses), SETTINGS)).trigger, 'mass-deletion');
    // That a source is not followed because it was cut off is no further incident.
    assert.deepEqual(dangersIn(signs({ incidents: three, cutOff: new Set(['w4']) }), SETTINGS), []);
  });
});
