import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { JournalRecord, PinRecord, SnapshotRecord } from '../../repository/record';
import type { Repository } from '../../repository/repository';
import type { Clock } from '../../support/clock';
import { Emitter } from '../../support/emitter';
import { BulwarkError } from '../../support/errors';
import type { Log } from '../../support/log';
import { displayName } from '../../support/names';
import { UNORDERED, type Operations } from '../../support/operations';
import type { Git } from '../../worktrees/git';
import { isGitDir, kindOf } from '../../worktrees/git-files';
import type { WorktreeStatus } from '../../worktrees/status';
import type { DataProtectionLayer } from '../data-protection-layer';
import { statesOf } from '../journal/states';
import type { Source } from '../source';
import { askedOnce, type GitAnswers } from './asked-once';
import { buildOutput } from './build-output';
import { MANY_DELETIONS, PATHS_NAMED, type Loss, type LossKind } from './loss';
import { headNow, isElsewhere, movedWithoutCommit } from './head-moves';
import { keptByGit } from './kept-by-git';
import { filesIn, NOTHING, without, type LostFiles } from './lost-files';
import { filesOfStash, isOfStash, lostStashes, putAside } from './lost-stashes';
import { LossWatch, type Suspicion } from './loss-watch';
import { inHead, removedByGit } from './removed-files';
import { isRemovedWithoutLoss } from './removed-worktree';
import { ShortLived } from './short-lived';
import { fullest, untouched, windowOf, seenUntil, type Window } from './state-before';
import { isOnDisk, writtenAnew } from './written-anew';

/** A repository whose git state broke is told of once, however many worktrees it has, ms. */
const ONE_REPOSITORY_MS = 60_000;
/** Applying a stash and dropping it are so close together, ms. */
const APPLIED_WITHIN_MS = 500;
/** As long as this git is waited for, ms. */
const LONGEST_GIT_MS = 60_000;

export interface LossGuardOptions {
  readonly protection: DataProtectionLayer;
  readonly repository: Repository;
  readonly git: Git;
  /** What goes before it; nothing unless given. */
  readonly operations?: Operations;
  readonly clock: Clock;
  readonly log: Log;
}

/** Files that one state has and the last one has not. */
interface Missed {
  readonly source: Source;
  readonly kind: 'deleted' | 'reverted';
  readonly record: SnapshotRecord;
  readonly lost: LostFiles;
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
  readonly #running = new Set<Promise<void>>();
  readonly #subscription: { dispose(): void };

  constructor(options: LossGuardOptions) {
    this.#options = options;
    this.#subscription = options.protection.onEvent.on((event) => {
      switch (event.kind) {
        case 'journal-written':
          this.#run(this.#moment(event.record));
          return;
        case 'source-lost':
          this.#watch(event.source).gone(options.repository.catalog.sequence);
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

  /** Resolves when nothing is being looked at. */
  async quiet(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running);
  }

  /** Ends what runs: nothing is pinned afterwards. */
  async close(): Promise<void> {
    this.#subscription.dispose();
    for (const watch of this.#watches.values()) watch.close();
    await this.quiet();
    // What was looked at just now may have been put off once more.
    for (const watch of this.#watches.values()) watch.close();
  }

  #run(work: Promise<void>): void {
    const running: Promise<void> = work
      .catch((error: unknown) => this.#failed(error))
      .finally(() => this.#running.delete(running));
    this.#running.add(running);
  }

  #watch(source: string): LossWatch {
    let watch = this.#watches.get(source);
    if (watch === undefined) {
      const look = (suspicion: Suspicion): void => {
        this.#run(this.#lookInTurn(source, suspicion));
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
    const { git } = record;
    if (git === null || record.why === 'restore' || !isOfStash(record)) return;
    if (this.#teller(git.commonDir)?.id !== record.source.id) return;
    const stashes = await lostStashes(repository, before, record);
    if (stashes.length > 0) watch.suspect('stash', before.sequence);
  }

  #lookInTurn(id: string, suspicion: Suspicion): Promise<void> {
    const { operations = UNORDERED, protection } = this.#options;
    const worktree = protection.guard(id)?.source.path ?? id;
    const what = `looking what was lost in ${displayName(worktree)}`;
    return operations.run({ priority: 'loss-guard', worktree, what }, undefined, () =>
      this.#look(id, suspicion),
    );
  }

  /** The signs are over: was something lost, and what? */
  async #look(id: string, suspicion: Suspicion): Promise<void> {
    const { protection, repository } = this.#options;
    const source = protection.guard(id)?.source;
    if (source === undefined) return;
    const watch = this.#watch(id);
    const isGone = (await kindOf(source.path).catch(() => null)) !== 'directory';
    if (!isGone && (await this.#isGitBusy(source))) {
      const { since, cleanAt } = suspicion;
      for (const kind of suspicion.kinds) watch.suspect(kind, since, cleanAt);
      return;
    }
    const window = await windowOf(repository, id, suspicion.since, isGone);
    if (window === null) return;
    const kinds: readonly LossKind[] = isGone ? ['folder'] : suspicion.kinds;
    let loss: Loss | null = null;
    const reverted = seenUntil(window, suspicion.cleanAt);
    for (const kind of kinds)
      loss ??= await this.#lossIn(source, kind, kind === 'reverted' ? reverted : window);
    if (loss === null) return;
    watch.settle((window.after ?? window.before[0])?.sequence ?? 0);
    await this.#pin(loss);
    this.onLoss.emit(loss);
  }

  #lossIn(source: Source, kind: LossKind, window: Window): Promise<Loss | null> {
    switch (kind) {
      case 'folder':
        return this.#folder(source, window);
      case 'git':
        return this.#gitState(source, window);
      case 'stash':
        return this.#stash(source, window);
      case 'deleted':
      case 'reverted':
        return this.#files(source, kind, window);
    }
  }

  async #folder(source: Source, window: Window): Promise<Loss | null> {
    if (window.after !== null) return null;
    const record = await untouched(this.#options.repository, window.before);
    if (record === null || (await this.#isJustRemoved(source, record))) return null;
    return { kind: 'folder', record, lost: filesIn(record), paths: [], withGitState: false };
  }

  /** Whether git was asked to remove a worktree in which all was committed. */
  async #isJustRemoved(source: Source, record: SnapshotRecord): Promise<boolean> {
    const { clean } = this.#watch(source.id);
    if (source.kind !== 'worktree') return false;
    const { worktree } = source;
    const sibling = await this.#presentSibling(source, worktree.commonDir);
    if (sibling === null) return false;
    return isRemovedWithoutLoss(this.#options, { worktree, record, clean, sibling });
  }

  /** A folder in which git can be asked about a worktree that is gone; others may be gone like it. */
  async #presentSibling({ id }: Source, commonDir: string): Promise<string | null> {
    for (const { id: other, path } of this.#worktreesOf(commonDir))
      if (other !== id && (await kindOf(path).catch(() => null)) === 'directory') return path;
    return null;
  }

  async #gitState(source: Source, window: Window): Promise<Loss | null> {
    const status = this.#watch(source.id).status;
    if (source.kind !== 'worktree' || status?.state !== 'unreadable') return null;
    const { commonDir } = source.worktree;
    const isShared = !(await isGitDir(commonDir));
    if (isShared && this.#teller(commonDir)?.id !== source.id) return null;
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

  /** The worktree with which is told of what all worktrees of a repository share: the main one. */
  #teller(commonDir: string): Source | undefined {
    const sources = this.#worktreesOf(commonDir);
    return (
      sources.find((source) => source.kind === 'worktree' && source.worktree.role === 'main') ??
      sources[0]
    );
  }

  #worktreesOf(commonDir: string): Source[] {
    return this.#options.protection
      .guards()
      .map(({ source }) => source)
      .filter((source) => source.kind === 'worktree' && source.worktree.commonDir === commonDir);
  }

  async #stash(source: Source, { after, before }: Window): Promise<Loss | null> {
    if (after?.git == null || source.kind !== 'worktree') return null;
    const { repository } = this.#options;
    const { commonDir } = source.worktree;
    for (const [i, record] of before.entries()) {
      const gone = before[i - 1] ?? after;
      const lost: string[] = [];
      for (const { commit, message } of await lostStashes(repository, record, after))
        if (!(await this.#wasApplied(commonDir, commit, gone.createdAt))) lost.push(message);
      if (lost.length === 0) continue;
      const paths = lost.slice(0, PATHS_NAMED);
      return { kind: 'stash', record, lost: lost.length, paths, withGitState: true };
    }
    return null;
  }

  /** Whether files of a stash changed just before it went, as `git stash pop` does it. */
  async #wasApplied(commonDir: string, commit: string, at: number): Promise<boolean> {
    const { git, repository } = this.#options;
    const files = new Set(await filesOfStash(git, commonDir, commit));
    for (const { id } of this.#worktreesOf(commonDir))
      for await (const record of repository.catalog.journal.newestFirst(id)) {
        if (record.at < at - APPLIED_WITHIN_MS) break;
        if (record.changes.some(({ path, from }) => files.has(path) || files.has(from ?? '')))
          return true;
      }
    return false;
  }

  async #files(source: Source, kind: 'deleted' | 'reverted', window: Window): Promise<Loss | null> {
    const { after, before } = window;
    if (after === null || before.length === 0) return null;
    const git = askedOnce(this.#options.git);
    const { repository } = this.#options;
    const short = kind === 'reverted' ? new ShortLived(repository, source.path) : null;
    const found = await fullest(repository, { after, before }, short, (record, lost) =>
      this.#missed(git, { source, kind, record, lost }),
    );
    if (found === null) return null;
    const { record } = found;
    const first = await headNow(source);
    let lost = kind === 'deleted' ? await this.#stillGone(source, after, found.lost) : found.lost;
    const least = kind === 'deleted' ? MANY_DELETIONS : 1;
    if (lost.count < least) return null;
    // Asked on both sides of the look at the files: git may be switching just then, in either direction.
    const last = await headNow(source);
    // Another commit or branch was checked out: git has what was there, unless it was told to discard.
    if ([after.git, first, last].some((head) => isElsewhere(record, head)))
      if (kind === 'reverted') {
        if (!(await this.#hasDiscarded(source, record))) return null;
      } else {
        // Or something was committed. What HEAD has and keeps, no checkout has taken away.
        lost = first?.head === last?.head ? await this.#inHead(source, lost) : NOTHING;
        if (lost.count < least) return null;
      }
    // What was put aside is in the stash.
    if ((await lostStashes(this.#options.repository, after, record)).length > 0) return null;
    if (source.kind === 'worktree')
      lost = without(lost, await putAside(this.#options, source.worktree, record, lost.paths));
    if (lost.count < least) return null;
    const paths = lost.paths.slice(0, PATHS_NAMED);
    return { kind, record, lost: lost.count, paths, withGitState: false };
  }

  #hasDiscarded(source: Source, { git }: SnapshotRecord): Promise<boolean> {
    if (source.kind !== 'worktree' || git?.head == null) return Promise.resolve(false);
    return movedWithoutCommit(this.#options.git, source.path, git.head);
  }

  /** Of files that a state does not have: those that are not on disk now, either. */
  async #stillGone(source: Source, after: SnapshotRecord, lost: LostFiles): Promise<LostFiles> {
    const anew = await writtenAnew(this.#options.repository, source.path, after, lost.paths);
    return without(lost, anew);
  }

  /** Of lost files those that HEAD has and the disk has not: not those that have another content. */
  async #inHead(source: Source, lost: LostFiles): Promise<LostFiles> {
    const paths: string[] = [];
    for (const path of await inHead(this.#options.git, source.path, lost.paths))
      if (!(await isOnDisk(source.path, path))) paths.push(path);
    return { paths, count: paths.length };
  }

  /** Of what is not there any more: what neither a tool makes again nor, if it was reverted, git has. */
  async #missed(git: GitAnswers, { source, kind, record, lost }: Missed): Promise<LostFiles> {
    const { repository } = this.#options;
    const worktree = source.kind === 'worktree' ? source.path : null;
    const made = without(lost, await buildOutput(git, worktree, lost.paths));
    if (worktree === null) return made;
    const kept =
      kind === 'reverted'
        ? await keptByGit({ git, repository }, worktree, record, made.paths, 'HEAD')
        : await removedByGit({ git, repository }, worktree, record, made.paths);
    return without(made, kept);
  }

  async #pin({ record, ...loss }: Loss): Promise<void> {
    const { protection, repository, clock } = this.#options;
    await protection.beside(async () => {
      const pin: PinRecord = {
        type: 'pin',
        id: randomBytes(16).toString('hex'),
        sequence: repository.catalog.nextSequence(),
        at: clock.now(),
        target: record.id,
        pinned: true,
        reason: REASONS[loss.kind],
        loss: { ...loss, paths: [...loss.paths] },
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
    if (error instanceof BulwarkError && error.reason === 'cancelled') return;
    this.#options.log.error('A loss could not be looked at', { error });
  }
}

const REASONS: Readonly<Record<LossKind, string>> = {
  deleted: 'before many files were deleted',
  reverted: 'before uncommitted changes were discarded',
  folder: 'before the folder disappeared',
  git: 'before the git state was damaged',
  stash: 'before a stash was dropped',
};
