/** How much a fault matters: `info` is only shown, `critical` also passes the limits on notifications. */
export type Severity = 'info' | 'warning' | 'critical';

/** What is known of a kind of fault, for whoever shows, judges or heals it. */
export interface FaultKind {
  /** Short, for people. */
  readonly title: string;
  readonly severity: Severity;
  /** How long it must be so before it counts, ms. */
  readonly forMs: number;
  /** What a person can do, one sentence. */
  readonly hint: string;
}

const MINUTE = 60_000;

/**
 * Every fault that can be found, by its id. Ids are kept for ever: what heals, and what users
 * silence, goes by them. The numbers of components and of the machine are those that Prometheus,
 * Netdata and Kubernetes begin with.
 */
export const FAULTS = {
  'git.lock-stale': {
    title: 'A lock of git that nobody holds',
    severity: 'warning',
    forMs: 0,
    hint: 'When no git command runs there, remove the lock file.',
  },
  'git.index-damaged': {
    title: 'The index cannot be read',
    severity: 'critical',
    forMs: 0,
    hint: 'Mend it with: bulwark doctor --fix',
  },
  'git.index-part-missing': {
    title: 'The shared part of the index is missing',
    severity: 'critical',
    forMs: 0,
    hint: 'Mend it with: bulwark doctor --fix',
  },
  'git.head-damaged': {
    title: 'HEAD cannot be read',
    severity: 'critical',
    forMs: 0,
    hint: 'Mend it with: bulwark doctor --fix',
  },
  'git.ref-damaged': {
    title: 'A ref is damaged',
    severity: 'critical',
    forMs: 0,
    hint: 'Mend it with: bulwark doctor --fix; no git gc before that.',
  },
  'git.object-empty': {
    title: 'An object is empty',
    severity: 'critical',
    forMs: 0,
    hint: 'A crash cut it off. Mend it with: bulwark doctor --fix; no git gc before that.',
  },
  'git.object-corrupt': {
    title: 'An object is damaged',
    severity: 'critical',
    forMs: 0,
    hint: 'Mend it with: bulwark doctor --fix; no git gc before that.',
  },
  'git.pack-damaged': {
    title: 'A pack of objects is damaged',
    severity: 'critical',
    forMs: 0,
    hint: 'Mend it with: bulwark doctor --fix; no git gc before that.',
  },
  'git.index-object-missing': {
    title: 'The index names objects that are gone',
    severity: 'critical',
    forMs: 5_000,
    hint: 'Add the files again with: git add; what is gone from the disk is in your snapshots.',
  },
  'git.write-cut-off': {
    title: 'Git was cut off while it wrote',
    severity: 'info',
    forMs: 0,
    hint: 'It only takes space; git removes it by itself after two weeks.',
  },
  'git.owner-foreign': {
    title: 'Another user owns a worktree',
    severity: 'warning',
    forMs: 0,
    hint: 'Run what the message names if you trust the folder, or give it back to your user.',
  },
  'git.promise-broken': {
    title: 'A partial clone cannot get its objects',
    severity: 'warning',
    forMs: MINUTE,
    hint: 'Bring that repository back, or name its new place with: git remote set-url',
  },
  'git.lfs-pointers': {
    title: 'Pointers of Git LFS in place of files',
    severity: 'info',
    forMs: 10_000,
    hint: 'Run: git lfs pull',
  },
  'git.fsmonitor-dead': {
    title: 'The file system monitor of git does not work',
    severity: 'info',
    forMs: MINUTE,
    hint: 'Run: git fsmonitor--daemon start; or, for a path that is too long: git config core.fsmonitor false',
  },
  'worktree.left-behind': {
    title: 'The folder of a removed worktree was left behind',
    severity: 'info',
    forMs: 10_000,
    hint: 'Look what is in it, then delete it.',
  },
  'worktree.processes-left': {
    title: 'Programs of a removed worktree still run',
    severity: 'warning',
    forMs: 30_000,
    hint: 'The agent did not start them and does not stop them; end them with: kill',
  },
  'git.object-missing': {
    title: 'An object is missing',
    severity: 'critical',
    forMs: 0,
    hint: 'No git gc before it is mended: bulwark doctor --fix',
  },
  'git.file-damaged': {
    title: "One of git's own files is damaged",
    severity: 'critical',
    forMs: 0,
    hint: 'Mend it with: bulwark doctor --fix',
  },
  'git.worktree-moved': {
    title: 'A worktree was moved by hand',
    severity: 'warning',
    forMs: 0,
    hint: 'Run in the main worktree: git worktree repair PATH',
  },
  'git.marked-bare': {
    title: 'The repository is marked as bare',
    severity: 'critical',
    forMs: 0,
    hint: 'Mend it with: bulwark doctor --fix',
  },
  'git.link-missing': {
    title: 'The .git of a worktree is gone',
    severity: 'critical',
    forMs: 0,
    hint: 'Run no git command in it: it would hit an outer repository. Mend it with: bulwark doctor --fix',
  },
  'git.link-elsewhere': {
    title: 'The .git of a worktree leads elsewhere',
    severity: 'critical',
    forMs: 0,
    hint: 'Mend it with: bulwark doctor --fix',
  },
  'git.admin-missing': {
    title: "A worktree's git directory is gone",
    severity: 'critical',
    forMs: 0,
    hint: 'Mend it with: bulwark doctor --fix',
  },
  'git.submodule-lost': {
    title: 'A submodule leads to a folder that is not there',
    severity: 'warning',
    forMs: MINUTE,
    hint: 'Run: git submodule update --init',
  },
  'git.unreadable': {
    title: 'Git cannot read a worktree',
    severity: 'critical',
    forMs: 10_000,
    hint: 'See what git says with: git status',
  },
  'git.commits-nowhere-else': {
    title: 'Commits that no branch has',
    severity: 'info',
    forMs: 0,
    hint: 'Keep them with: git branch NAME',
  },
  'git.stash-elsewhere': {
    title: 'A stash was popped in a worktree of another branch',
    severity: 'info',
    forMs: 0,
    hint: 'Put it back in the list with: bulwark doctor --fix --offer git.stash-elsewhere',
  },
  'worktree.missing': {
    title: 'The folder of a worktree is gone',
    severity: 'warning',
    forMs: 10_000,
    hint: 'Bring it back with: bulwark restore; or run: git worktree prune',
  },
  'worktree.protection-failing': {
    title: 'Nothing can be saved',
    severity: 'critical',
    forMs: 30_000,
    hint: "See why with: bulwark status; the agent's log has the details.",
  },
  'worktree.journal-behind': {
    title: 'Changes are saved late',
    severity: 'warning',
    forMs: MINUTE,
    hint: 'The disk or the machine is overloaded.',
  },
  'worktree.dependencies-behind': {
    title: 'Installed dependencies are not those of the lock file',
    severity: 'info',
    forMs: MINUTE,
    hint: 'Run what the message names.',
  },
  'component.down': {
    title: 'A component does not answer',
    severity: 'warning',
    forMs: 0,
    hint: 'See what it says with: bulwark logs',
  },
  'component.failed': {
    title: 'A component failed too often',
    severity: 'critical',
    forMs: 0,
    hint: 'See why with: bulwark logs; then: bulwark components restart',
  },
  'component.slow': {
    title: 'A component answers slowly',
    severity: 'warning',
    forMs: MINUTE,
    hint: 'See what it says with: bulwark logs',
  },
  'component.errors': {
    title: 'A component fails again and again',
    severity: 'warning',
    forMs: MINUTE,
    hint: 'See what it says with: bulwark logs',
  },
  'component.memory-high': {
    title: 'A component holds more memory than it may',
    severity: 'warning',
    forMs: 0,
    hint: 'See what it says with: bulwark logs',
  },
  'settings.invalid': {
    title: 'A settings file has a mistake',
    severity: 'warning',
    forMs: 0,
    hint: 'Correct it; the rest of it counts meanwhile.',
  },
  'settings.unapproved': {
    title: 'Components wait for your approval',
    severity: 'info',
    forMs: 0,
    hint: 'Read the file, then run: bulwark components approve',
  },
  'machine.memory-low': {
    title: 'Little memory is left',
    severity: 'warning',
    forMs: MINUTE,
    hint: 'End programs that you do not need.',
  },
  'machine.memory-pressure': {
    title: 'Programs wait for memory',
    severity: 'warning',
    forMs: MINUTE,
    hint: 'End programs that you do not need.',
  },
  'machine.disk-full': {
    title: 'A disk is nearly full',
    severity: 'warning',
    forMs: 0,
    hint: 'Free some space.',
  },
  'machine.disk-critical': {
    title: 'A disk is full',
    severity: 'critical',
    forMs: 0,
    hint: 'Free some space now: saving and git fail without it.',
  },
  'machine.disk-filling': {
    title: 'A disk is full within 8 hours',
    severity: 'warning',
    forMs: 10 * MINUTE,
    hint: 'Find out what writes so much, or free some space.',
  },
  'machine.disk-filling-fast': {
    title: 'A disk is full within 2 hours',
    severity: 'critical',
    forMs: 5 * MINUTE,
    hint: 'Find out what writes so much, or free some space: saving and git fail without it.',
  },
  'machine.inodes-low': {
    title: 'A disk can hold few more files',
    severity: 'warning',
    forMs: 0,
    hint: 'Delete folders with many small files that can be made again.',
  },
  'machine.watches-low': {
    title: 'Few file watches are left',
    severity: 'warning',
    forMs: 0,
    hint: 'Raise fs.inotify.max_user_watches, as the documentation of your system says.',
  },
  'machine.files-low': {
    title: 'The agent can open few more files',
    severity: 'warning',
    forMs: MINUTE,
    hint: 'Raise the limit of open files (ulimit -n), then restart the agent.',
  },
  'agent.slow': {
    title: 'The agent is held up',
    severity: 'warning',
    forMs: MINUTE,
    hint: 'The machine is overloaded; saving may be late.',
  },
  'agent.memory-growing': {
    title: 'The agent takes more and more memory',
    severity: 'warning',
    forMs: 10 * MINUTE,
    hint: 'Restart it with: bulwark stop; it starts again by itself.',
  },
  'agent.memory-growing-fast': {
    title: 'The agent takes more memory by the minute',
    severity: 'critical',
    forMs: 5 * MINUTE,
    hint: 'Restart it with: bulwark stop; it starts again by itself.',
  },
  'agent.memory-high': {
    title: 'The agent takes much memory',
    severity: 'warning',
    forMs: 5 * MINUTE,
    hint: 'Restart it with: bulwark stop; it starts again by itself.',
  },
  'rule.info': {
    title: 'An alert rule of yours applies',
    severity: 'info',
    forMs: MINUTE,
    hint: 'See your rules with: bulwark alerts rules',
  },
  'rule.warning': {
    title: 'An alert rule of yours applies',
    severity: 'warning',
    forMs: MINUTE,
    hint: 'See your rules with: bulwark alerts rules',
  },
  'rule.critical': {
    title: 'An alert rule of yours applies',
    severity: 'critical',
    forMs: MINUTE,
    hint: 'See your rules with: bulwark alerts rules',
  },
} as const satisfies Readonly<Record<string, FaultKind>>;

export type FaultId = keyof typeof FAULTS;

/** Whether this version knows a fault. */
export function isFaultId(text: string): text is FaultId {
  return Object.hasOwn(FAULTS, text);
}
