import { join } from 'node:path';
import type { Clock, Timer } from '../support/clock';
import { Emitter } from '../support/emitter';
import { messageOf } from '../support/errors';
import type { Log } from '../support/log';
import { displayName } from '../support/names';
import type { Git } from '../worktrees/git';
import { kindOf } from '../worktrees/git-files';
import type { Worktree } from '../worktrees/worktree';
import type { Look, Subject } from './finding';
import { Detectors } from './git/detectors';
import { stampOf, statOf } from './git/read-file';
import { wasRemoved } from './git/removed';
import { LookBuilder, verdictOf } from './judge';
import { LookQueue, type Order } from './look-queue';
import { FactBook } from './worktree-facts';
import type { WorktreeStatus, WorktreeStatuses } from './worktree-status';
import type { WatchedSource } from './watched-source';

export interface WorktreeHealthOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly git: Git;
  readonly statuses: WorktreeStatuses;
  source(id: string): WatchedSource | null;
}

/** Events of this time make one look, ms; what git writes in one command comes together. */
const GATHER_MS = 500;
/** While a lock is there that may be left over, ms. */
const AGAIN_MS = 20_000;
const OPERATIONS: ReadonlyMap<string, string> = new Map([
  ['merging', 'a merge'],
  ['rebasing', 'a rebase'],
  ['cherry-picking', 'a cherry-pick'],
  ['reverting', 'a revert'],
  ['bisecting', 'a bisect'],
]);
const BEHIND_MS = [60_000, 5_000] as const;

/**
 * How worktrees and their repositories are, looked at after events and now and then. Git is asked for
 * nothing but the commits of a detached HEAD.
 */
export class WorktreeHealth {
  readonly onLook = new Emitter<Look>();
  readonly facts: FactBook;
  readonly #options: WorktreeHealthOptions;
  readonly #detectors: Detectors;
  readonly #timers = new Map<string, Timer>();
  readonly #looking = new LookQueue();
  /** Of detached worktrees: commits that nothing else has, by source. */
  readonly #nowhere = new Map<string, number>();
  readonly #links = new Map<string, string>();
  /** What each worktree was last in the middle of, by source. */
  readonly #operations = new Map<string, string>();
  /** Worktrees that git was asked to remove, by source. */
  readonly #removed = new Set<string>();
  #closed = false;

  constructor(options: WorktreeHealthOptions) {
    this.#options = options;
    this.#detectors = new Detectors(options);
    this.facts = new FactBook(options);
  }

  /** Something changed there, or its time has come: look at it soon. */
  changed(id: string, afterMs = GATHER_MS): void {
    if (this.#closed || this.#timers.has(id)) return;
    const timer = this.#options.clock.setTimeout(() => {
      this.#timers.delete(id);
      void this.look(id);
    }, afterMs);
    this.#timers.set(id, timer);
  }

  /**
   * Looks at a source, and at its repository. Never rejects.
   * @param order `ahead` when somebody waits for it: then git is asked anew, too
   * @returns what was seen; all of it was looked at after this was called
   */
  async look(id: string, order: Order = 'behind'): Promise<readonly Look[]> {
    const worktree = this.#options.source(id)?.worktree;
    const looks = [
      this.#looking.look(`worktree ${id}`, order, () =>
        this.#of(id, (source) => this.#lookAt(source, order)),
      ),
    ];
    if (worktree != null)
      looks.push(
        this.#looking.look(`repository ${worktree.commonDir}`, order, () =>
          this.#of(id, () => this.#lookAtRepository(worktree)),
        ),
      );
    return (await Promise.all(looks)).flatMap((look) => look ?? []);
  }

  /** One look; null when the source is gone meanwhile, or cannot be looked at. */
  async #of(id: string, work: (source: WatchedSource) => Promise<Look>): Promise<Look | null> {
    const source = this.#options.source(id);
    if (source === null || this.#closed) return null;
    try {
      const look = await work(source);
      this.onLook.emit(look);
      return look;
    } catch (error) {
      this.#options.log.warn('A worktree cannot be looked at', {
        path: source.path,
        why: messageOf(error),
      });
      return null;
    }
  }

  /**
   * Whether `.git` is what it was the last time: one `stat` a worktree. What watches files leaves it
   * out, and git run where it is gone hits an outer repository.
   */
  async glance(sources: readonly WatchedSource[]): Promise<void> {
    // All at once: each answer by itself would wake the process.
    await Promise.all(sources.map((source) => this.#glanceAt(source)));
  }

  async #glanceAt({ id, path, worktree }: WatchedSource): Promise<void> {
    if (worktree === null) return;
    const found = await statOf(join(path, '.git')).catch(() => null);
    // What is in the folder of a main worktree is watched.
    const link = found === null ? 'none' : found.isDirectory() ? String(found.ino) : stampOf(found);
    const before = this.#links.get(id);
    this.#links.set(id, link);
    if (before === undefined || before === link) return;
    this.#options.statuses.stale({ id, worktree });
    this.changed(id, 0);
  }

  /** Commits that no branch, tag or remote has, of a detached worktree; 0 otherwise. */
  commitsNowhereElse(id: string): number {
    return this.#nowhere.get(id) ?? 0;
  }

  /** Whether git was asked to remove a worktree: then nothing of it is missed. */
  isRemoved(id: string): boolean {
    return this.#removed.has(id);
  }

  forget(id: string): void {
    this.#removed.delete(id);
    this.#timers.get(id)?.cancel();
    this.#timers.delete(id);
    this.#nowhere.delete(id);
    this.#links.delete(id);
    this.#operations.delete(id);
    this.facts.forget(id);
  }

  /** Waits for the look under way. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const timer of this.#timers.values()) timer.cancel();
    this.#timers.clear();
    await this.#looking.idle();
  }

  async #lookAt(source: WatchedSource, order: Order): Promise<Look> {
    const { id, path, worktree, failing, behindMs } = source;
    const builder = new LookBuilder(worktreeSubject(source));
    const exists = (await kindOf(path).catch(() => 'other' as const)) === 'directory';
    const name = displayName(path);
    const isRemoved = !exists && worktree !== null && (await wasRemoved(worktree));
    if (isRemoved) this.#removed.add(id);
    else this.#removed.delete(id);
    builder
      .add(
        'worktree.missing',
        // What git took uncommitted with it is told by the loss guard.
        exists || isRemoved ? 'good' : 'bad',
        `${name} is gone${this.#duringOperation(id)}`,
        {
          path,
        },
      )
      .add(
        'worktree.protection-failing',
        // What is not there has nothing to save.
        failing === null || !exists ? 'good' : 'bad',
        `${name} cannot be saved: ${failing ?? ''}`,
        { path },
      )
      .add(
        'worktree.journal-behind',
        // What is not there waits for nothing.
        exists ? verdictOf(behindMs, ...BEHIND_MS) : 'good',
        `Changes of ${name} wait for ${String(Math.round(behindMs / 1000))} s to be saved`,
        { path },
      );
    if (worktree === null) return builder.look;
    if (order === 'ahead') await this.#options.statuses.read({ id, worktree });
    const { faults, covers, unknown, again } = await this.#detectors.look('worktree', worktree);
    builder.cover(covers, unknown);
    for (const { fault, part, message, details = {} } of faults)
      builder.find(fault, part, message, { ...details, worktree: path });
    if (again) this.changed(id, AGAIN_MS);
    await this.#addStatus(builder, id, worktree, faults.length > 0 || !exists);
    if (exists) await this.#addDependencies(builder, id, worktree);
    return builder.look;
  }

  async #addDependencies(builder: LookBuilder, id: string, worktree: Worktree): Promise<void> {
    const status = this.#options.statuses.last(id);
    this.#noteOperation(id, status);
    const { dependencies } = await this.facts.refresh(id, worktree, status);
    builder.cover(['worktree.dependencies-behind']);
    for (const { lock, state, install } of dependencies)
      if (state === 'behind')
        builder.find(
          'worktree.dependencies-behind',
          lock,
          `What is installed in ${displayName(worktree.path)} is not what ${displayName(lock)} says: ${install}`,
          { path: worktree.path, lock, install },
        );
  }

  #noteOperation(id: string, status: WorktreeStatus | null): void {
    const words = status === null ? undefined : OPERATIONS.get(status.state);
    if (words !== undefined) this.#operations.set(id, words);
    else if (status?.state !== 'missing' && status?.state !== 'unreadable')
      this.#operations.delete(id);
  }

  /** A worktree that vanishes there was hardly meant to: what was resolved is lost with it. */
  #duringOperation(id: string): string {
    const operation = this.#operations.get(id);
    return operation === undefined ? '' : `, in the middle of ${operation}`;
  }

  async #addStatus(
    builder: LookBuilder,
    id: string,
    worktree: Worktree,
    isExplained: boolean,
  ): Promise<void> {
    const status = this.#options.statuses.last(id);
    const name = displayName(worktree.path);
    const isUnreadable = status?.state === 'unreadable' && !isExplained;
    builder.add(
      'git.unreadable',
      status === null ? 'unknown' : isUnreadable ? 'bad' : 'good',
      `Git cannot read ${name}: ${status?.problem ?? ''}`,
      { path: worktree.path },
    );
    const isDetached =
      status !== null &&
      status.branch === null &&
      status.head !== null &&
      // In the middle of a rebase or bisect that is how it is meant to be.
      (status.state === 'clean' || status.state === 'dirty');
    const count = isDetached ? await this.#countNowhere(worktree) : 0;
    this.#nowhere.set(id, count ?? 0);
    builder.add(
      'git.commits-nowhere-else',
      verdictOf(count, 1, 1),
      `${name} is detached, and ${String(count ?? 0)} of its commits are on no branch`,
      { path: worktree.path, commits: count ?? 0 },
    );
  }

  async #countNowhere({ path, commonDir }: Worktree): Promise<number | null> {
    const args = ['rev-list', '--count', 'HEAD', '--not', '--branches', '--tags', '--remotes'];
    try {
      const { stdout } = await this.#options.git.run({ cwd: path, lane: commonDir, args });
      return Number(stdout.toString('latin1').trim());
    } catch {
      return null;
    }
  }

  async #lookAtRepository(worktree: Worktree): Promise<Look> {
    const { commonDir } = worktree;
    const builder = new LookBuilder(repositorySubject(commonDir));
    const { faults, covers, unknown, again } = await this.#detectors.look('repository', worktree);
    builder.cover(covers, unknown);
    for (const { fault, part, message, details = {} } of faults)
      builder.find(fault, part, message, { ...details, repository: commonDir });
    if (again) for (const id of this.#idsOf(commonDir)) this.changed(id, AGAIN_MS);
    return builder.look;
  }

  #idsOf(commonDir: string): string[] {
    return [...this.#nowhere.keys()].filter(
      (id) => this.#options.source(id)?.worktree?.commonDir === commonDir,
    );
  }
}

function worktreeSubject({ id, path }: WatchedSource): Subject {
  return { kind: 'worktree', id, name: displayName(path), group: path };
}

function repositorySubject(commonDir: string): Subject {
  return { kind: 'repository', id: commonDir, name: displayName(commonDir), group: commonDir };
}
