import {
  snapshotId,
  sourceId,
  type ListedSnapshot,
  type Notice,
  type RestorePlan,
  type WorktreeInfo,
} from '../../../agent/protocol/entities';

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
