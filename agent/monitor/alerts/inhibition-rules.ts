import type { FaultId } from '../catalogue';

/** Where a cause must be, seen from what follows from it. */
export type Reach =
  /** The same worktree, repository, disk or scope. */
  | 'group'
  | 'anywhere'
  /** The disk that holds the worktree or repository. */
  | 'disk'
  /** A worktree that holds the component's folder. */
  | 'folder'
  /** The component itself. */
  | 'component'
  /** A component that it depends on. */
  | 'dependencies';

/** What is muted while its cause is there. */
export interface Rule {
  readonly cause: readonly FaultId[];
  /** Faults, or the beginning of their ids. */
  readonly effects: readonly string[];
  readonly reach: Reach;
}

const COMPONENT_IS_OFF: readonly FaultId[] = ['component.failed', 'component.down'];

/** One cause, one notification. The first rule that fits names the cause. */
const RULES: readonly Rule[] = [
  {
    // What is only nearly full lets git write: it explains nothing that is broken.
    cause: ['machine.disk-critical', 'machine.inodes-low'],
    effects: [
      'git.lock-stale',
      'git.object-empty',
      'git.object-corrupt',
      'git.index-damaged',
      'git.write-cut-off',
      'worktree.protection-failing',
      'worktree.journal-behind',
    ],
    reach: 'disk',
  },
  { cause: ['machine.disk-critical'], effects: ['machine.disk-full'], reach: 'group' },
  {
    cause: ['machine.disk-critical', 'machine.disk-full'],
    effects: ['machine.disk-filling', 'machine.disk-filling-fast'],
    reach: 'group',
  },
  { cause: ['machine.disk-filling-fast'], effects: ['machine.disk-filling'], reach: 'group' },
  { cause: ['agent.memory-growing-fast'], effects: ['agent.memory-growing'], reach: 'group' },
  { cause: ['worktree.missing'], effects: ['git.', 'worktree.'], reach: 'group' },
  { cause: ['worktree.missing'], effects: ['component.'], reach: 'folder' },
  { cause: COMPONENT_IS_OFF, effects: ['component.errors', 'component.slow'], reach: 'component' },
  { cause: COMPONENT_IS_OFF, effects: ['component.'], reach: 'dependencies' },
  {
    cause: ['machine.memory-low', 'machine.memory-pressure'],
    effects: ['agent.slow', 'component.slow'],
    reach: 'anywhere',
  },
  {
    cause: [
      'git.link-missing',
      'git.link-elsewhere',
      'git.admin-missing',
      'git.marked-bare',
      'git.owner-foreign',
    ],
    effects: ['git.unreadable', 'git.head-damaged', 'git.index-', 'worktree.protection-failing'],
    reach: 'group',
  },
  {
    cause: [
      'git.head-damaged',
      'git.index-damaged',
      'git.index-part-missing',
      'git.object-missing',
      'git.ref-damaged',
    ],
    effects: ['git.unreadable', 'git.commits-nowhere-else'],
    reach: 'group',
  },
];

/** Rules whose effect a fault is, looked up once for each fault. */
const byEffect = new Map<FaultId, readonly Rule[]>();

export function rulesFor(fault: FaultId): readonly Rule[] {
  const known = byEffect.get(fault);
  if (known !== undefined) return known;
  const found = RULES.filter(({ effects }) =>
    effects.some((one) => (/[.-]$/.test(one) ? fault.startsWith(one) : fault === one)),
  );
  byEffect.set(fault, found);
  return found;
}
