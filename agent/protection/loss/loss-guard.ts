import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { JournalRecord, PinRecord, SnapshotRecord } from '../../repository/record';
import type { Repository } from '../../repository/repository';
import type { Clock } from '../../support/clock';
import { Emitter } from '../../support/emitter';
import type { Log } from '../../support/log';
import type { Git } from '../../worktrees/git';
import { isGitDir, kindOf } from '../../worktrees/git-files';
import type { WorktreeStatus } from '../../worktrees/status';
import type { DataProtectionLayer } from '../data-protection-layer';
import { statesOf } from '../journal/states';
import type { Source } from '../source';
import { buildOutput } from './build-output';
import { MANY_DELETIONS, PATHS_NAMED, type Loss, type LossKind } from './loss';
import { filesIn } from './lost-files';
import { lostStashes } from './lost-stashes';
import { LossWatch, type Suspicion } from './loss-watch';
import { fullest, windowOf, type Window } from './state-before';

/** A repository whose git state broke is told of once, however many worktrees it has, ms. */
const ONE_REPOSITORY_MS = 60_000;
/** As long as this git is waited for, ms. */
const LONGEST_GIT_MS = 60_000;

export interface LossGuardOptions {
  readonly protection: DataProtectionLayer;
  readonly repository: Repository;
  readonly git: Git;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * Notices when work disappears: pins the state just before, so that no retention takes it, and tells
 * once. It changes nothing by itself.
 */
export class LossGuard {
  readonly onLoss = new Emitter<Loss>();
  readonly #options: LossGuardOptions;
  readonly #watches = new Map<string, LossWatch>();
  readonly #broken = new Map<string, number>();
  /** Since when git's lock was seen, by source. */
  readonly #busy = new Map<string, number>();
  readonly #subscription: { dispose(): void };

  constructor(options: LossGuardOptions) {
    this.#options = options;
    this.#subscription = options.protection.onEvent.on((event) => {
      switch (event.kind) {
        case 'journal-written':
          this.#moment(event.record).catch((error: unknown) => this.#failed(error));
          return;
        case 'source-lost':
          this.#watch(event.record.source.id).suspect('folder', event.record.sequence);
          return;
        case 'source-restoring':
          this.#watch(event.source).restoring();
          return;
        case 'source-restored':
          this.#watch(event.source).restored(options.repository.catalog.sequence);
          return;
        case 'source-removed':
          this.#watches.get(event.source)?.close();
          this.#watches.delete(event.source);
          return;
        default:
      }
    });
  }

  /** Takes what git says of a worktree now. */
  observe(source: string, { status, askedAt }: { status: WorktreeStatus; askedAt: number }): void {
    this.#watch(source).observe(status, askedAt, this.#options.repository.catalog.sequence);
  }

  close(): void {
    this.#subscription.dispose();
    for (const watch of this.#watches.values()) watch.close();
  }

  #watch(source: string): LossWatch {
    let watch = this.#watches.get(source);
    if (watch === undefined) {
      const look = (suspicion: Suspicion): void => {
        this.#look(source, suspicion).catch((error: unknown) => this.#failed(error));
      };
      this.#watches.set(source, (watch = new LossWatch(this.#options.clock, look)));
    }
    return watch;
  }

  async #moment(record: JournalRecord): Promise<void> {
    const { repository } = this.#options;
    const watch = this.#watch(record.source.id);
    let before: SnapshotRecord | null = null;
    for await (const state of statesOf(repository.catalog, record.source.id, record.sequence)) {
      before = state.record;
      break;
    }
    if (before === null) return;
    watch.moment(record, before.sequence);
    const isOfGit = record.changes.every(({ change }) => change === 'git');
    if (record.why === 'restore' || !isOfGit) return;
    // A stash that is applied and dropped has changed files as well.
    const stashes = await lostStashes(repository, before, record);
    if (stashes.length > 0) watch.suspect('stash', before.sequence);
  }

  /** The signs are over: was something lost, and what? */
  async #look(id: string, suspicion: Suspicion): Promise<void> {
    const { protection, repository } = this.#options;
    const source = protection.guard(id)?.source;
    if (source === undefined) return;
    const watch = this.#watch(id);
    const isGone = (await kindOf(source.path).catch(() => null)) !== 'directory';
    if (suspicion.kind === 'folder' && !isGone) return;
    if (!isGone && (await this.#isGitBusy(source))) {
      watch.suspect(suspicion.kind, suspicion.since);
      return;
    }
    const kind = isGone ? 'folder' : suspicion.kind;
    const window = await windowOf(repository, id, suspicion.since, isGone);
    if (window === null) return;
    const loss = await this.#lossIn(source, kind, window);
    if (loss === null) return;
    watch.settle((window.after ?? window.before[0])?.sequence ?? 0);
    await this.#pin(loss);
    this.onLoss.emit(loss);
  }

  #lossIn(source: Source, kind: LossKind, window: Window): Promise<Loss | null> {
    switch (kind) {
      case 'folder':
        return this.#folder(window);
      case 'git':
        return this.#gitState(source, window);
      case 'stash':
        return this.#stash(window);
      case 'deleted':
      case 'reverted':
        return this.#files(source, kind, window);
    }
  }

  async #folder(window: Window): Promise<Loss | null> {
    const most = Math.max(...window.before.map(filesIn));
    const record = window.before.find((state) => filesIn(state) === most);
    if (record === undefined) return null;
    return { kind: 'folder', record, lost: most, paths: [], withGitState: false };
  }

  async #gitState(source: Source, window: Window): Promise<Loss | null> {
    const status = this.#watch(source.id).status;
    if (source.kind !== 'worktree' || status?.state !== 'unreadable') return null;
    const { commonDir } = source.worktree;
    if (await this.#isToldElsewhere(source, commonDir)) return null;
    const now = this.#options.clock.monotonic();
    const told = this.#broken.get(commonDir);
    if (told !== undefined && now - told < ONE_REPOSITORY_MS) return null;
    this.#broken.set(commonDir, now);
    const states = [...(window.after === null ? [] : [window.after]), ...window.before];
    const record = states.find(
      ({ git, roots }) => git?.head != null && roots.some(({ name }) => name === 'git-worktree'),
    );
    if (record === undefined) return null;
    return { kind: 'git', record, lost: 0, paths: [], withGitState: true };
  }

  /** What several worktrees share is told of with the main one. */
  async #isToldElsewhere(source: Source, commonDir: string): Promise<boolean> {
    const main = this.#options.protection
      .guards()
      .find((guard) => isMainOf(guard.source, commonDir))?.source;
    return main !== undefined && main.id !== source.id && !(await isGitDir(commonDir));
  }

  async #stash({ after, before }: Window): Promise<Loss | null> {
    if (after === null) return null;
    for (const record of before) {
      const stashes = await lostStashes(this.#options.repository, record, after);
      if (stashes.length === 0) continue;
      const paths = stashes.slice(0, PATHS_NAMED);
      return { kind: 'stash', record, lost: stashes.length, paths, withGitState: true };
    }
    return null;
  }

  async #files(source: Source, kind: 'deleted' | 'reverted', window: Window): Promise<Loss | null> {
    const { repository, git } = this.#options;
    const found = await fullest(repository, window);
    if (found === null || window.after === null) return null;
    const { record, lost } = found;
    // Another commit or branch was checked out: git has what was there.
    if (record.git?.head !== window.after.git?.head) return null;
    if (record.git?.branch !== window.after.git?.branch) return null;
    // What was put aside is in the stash.
    if ((await lostStashes(repository, window.after, record)).length > 0) return null;
    const worktree = source.kind === 'worktree' ? source.path : null;
    const output = await buildOutput(git, worktree, lost.paths);
    const paths = lost.paths.filter((path) => !output.has(path));
    const count = lost.count - (lost.paths.length - paths.length);
    if (count < (kind === 'deleted' ? MANY_DELETIONS : 1)) return null;
    return { kind, record, lost: count, paths: paths.slice(0, PATHS_NAMED), withGitState: false };
  }

  async #pin({ kind, record }: Loss): Promise<void> {
    const { protection, repository, clock } = this.#options;
    await protection.beside(async () => {
      const pin: PinRecord = {
        type: 'pin',
        id: randomBytes(16).toString('hex'),
        sequence: repository.catalog.nextSequence(),
        at: clock.now(),
        target: record.id,
        pinned: true,
        reason: REASONS[kind],
      };
      await repository.commit([pin]);
    });
  }

  /** Whether git is in the middle of something: what it deletes it may be about to write anew. */
  async #isGitBusy(source: Source): Promise<boolean> {
    if (source.kind !== 'worktree') return false;
    const lock = join(source.worktree.gitDir, 'index.lock');
    if ((await kindOf(lock).catch(() => null)) === null) {
      this.#busy.delete(source.id);
      return false;
    }
    const now = this.#options.clock.monotonic();
    const since = this.#busy.get(source.id) ?? now;
    this.#busy.set(source.id, since);
    // A lock that a crash left behind is no git at work.
    return now - since < LONGEST_GIT_MS;
  }

  #failed(error: unknown): void {
    this.#options.log.error('A loss could not be looked at', { error });
  }
}

function isMainOf(source: Source, commonDir: string): boolean {
  if (source.kind !== 'worktree' || source.worktree.role !== 'main') return false;
  return source.worktree.commonDir === commonDir;
}

const REASONS: Readonly<Record<LossKind, string>> = {
  deleted: 'before many files were deleted',
  reverted: 'before uncommitted changes were discarded',
  folder: 'before the folder disappeared',
  git: 'before the git state was damaged',
  stash: 'before a stash was dropped',
};
