import {
  snapshotId,
  sourceId,
  type ListedSnapshot,
  type Notice,
  type RestorePlan,
  type WorktreeInfo,
} from '../../../agent/protocol/entities';
import { componentId } from '../../../agent/protocol/component-spec';
import type {
  AlertInfo,
  ComponentInfo,
  SettingsFile,
} from '../../../agent/protocol/health-entities';
import type { RecoveryInfo, RecoveryPlan } from '../../../agent/protocol/recovery-entities';

/** A process that is well; `known` is what a test cares about. */
export function component(id: string, known: Partial<ComponentInfo> = {}): ComponentInfo {
  return {
    id: componentId.parse(id),
    title: null,
    kind: 'process',
    spec: { kind: 'process', command: ['npm', 'run', 'dev'] },
    origin: { kind: 'settings', file: '/code/shop/bulwark.json' },
    dependsOn: [],
    state: { kind: 'up' },
    since: 1_700_000_000_000,
    checkedAt: null,
    pid: 42,
    restarts: 0,
    checks: { count: 0, errorRate: 0, p50Ms: null, p95Ms: null, p99Ms: null },
    ...known,
  };
}

/** A settings file that is approved and in order. */
export function settingsFile(known: Partial<SettingsFile> = {}): SettingsFile {
  return {
    file: '/code/shop/bulwark.json',
    foreign: true,
    approved: true,
    hash: 'a'.repeat(64),
    components: ['web'],
    problems: [],
    ...known,
  };
}

/** A warning about a component that nobody has seen yet. */
export function alert(id: string, known: Partial<AlertInfo> = {}): AlertInfo {
  return {
    id,
    fault: 'component.down',
    title: 'A component is down',
    severity: 'warning',
    state: 'firing',
    unknown: false,
    subject: { kind: 'component', id: 'shop/web', name: 'shop/web' },
    message: 'shop/web is down: it ended with 1',
    hint: 'Its log says why.',
    details: {},
    startsAt: 1_700_000_000_000,
    endsAt: null,
    acknowledged: null,
    silencedBy: null,
    inhibitedBy: null,
    flapping: false,
    ...known,
  };
}

/** A plan that starts a component anew; `known` is what a test cares about. */
export function recoveryPlan(known: Partial<RecoveryPlan> = {}): RecoveryPlan {
  return {
    strategy: 'restart_component',
    why: 'it usually helps; never tried here',
    rows: [
      [
        {
          action: 'restart_component',
          tier: 'automatic',
          explain: 'Start shop/web anew',
          touches: ['shop/web'],
        },
      ],
    ],
    mean: 0.5,
    confidence: 0,
    tries: 0,
    ...known,
  };
}

/** A recovery of a component that has just begun. */
export function recovery(id: string, known: Partial<RecoveryInfo> = {}): RecoveryInfo {
  return {
    id,
    trigger: 'component-down',
    fault: 'component.down',
    subject: { kind: 'component', id: 'shop/web', name: 'shop/web' },
    message: 'shop/web is down: it ended with 1',
    by: null,
    state: 'running',
    why: null,
    startedAt: 1_700_000_000_000,
    endedAt: null,
    proposal: null,
    steps: [],
    undoable: false,
    log: [],
    ...known,
  };
}

/** A worktree like any other; `known` is what a test cares about. */
export function worktree(known: Partial<WorktreeInfo> = {}): WorktreeInfo {
  return {
    source: sourceId.parse('00000000000000aa'),
    path: '/code/shop',
    name: 'shop',
    repository: '/code/shop/.git',
    main: true,
    branch: 'main',
    head: 'a'.repeat(40),
    state: 'clean',
    changes: { staged: 0, unstaged: 0, untracked: 0, conflicted: 0 },
    locked: null,
    protection: { kind: 'current' },
    watch: 'native',
    lastSnapshot: null,
    snapshots: 0,
    ...known,
  };
}

/** A snapshot; `number` makes its id. */
export function snapshot(number: number, known: Partial<ListedSnapshot> = {}): ListedSnapshot {
  return {
    id: snapshotId.parse(number.toString(16).padStart(32, '0')),
    source: sourceId.parse('00000000000000aa'),
    worktree: '/code/shop',
    kind: 'automatic',
    backup: 'snapshot',
    label: null,
    createdAt: 1_700_000_000_000 + number * 1000,
    branch: 'main',
    head: 'a'.repeat(40),
    files: 3,
    bytes: 30,
    newBytes: 10,
    storedBytes: 5,
    excluded: 0,
    durationMs: 1,
    pinned: null,
    keptUntil: 1_700_259_200_000 + number * 1000,
    ...known,
  };
}

export function plan(known: Partial<RestorePlan> = {}): RestorePlan {
  return {
    id: 'plan-1',
    snapshot: snapshot(1),
    target: '/code/shop',
    inPlace: true,
    steps: [],
    creates: 0,
    overwrites: 0,
    deletes: 0,
    unchanged: 0,
    bytes: 0,
    gitState: [],
    notes: [],
    ...known,
  };
}

export function notice(id: string, known: Partial<Notice> = {}): Notice {
  return {
    id,
    severity: 'warning',
    message: `notice ${id}`,
    source: null,
    action: { kind: 'show-log' },
    ...known,
  };
}
