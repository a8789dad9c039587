import type { Clock } from '../support/clock';
import type { Log } from '../support/log';
import type { Change } from '../worktrees/watch-target';
import { watchTree, type OverflowReason, type TreeWatch } from '../worktrees/watch';
import { watchGit, type GitWatch } from '../worktrees/watch-git';
import { regenerableNames } from '../worktrees/regenerable';
import { STAGING_PREFIX } from './restore/staging-name';
import type { Source } from './source';

export interface SourceWatchOptions {
  readonly source: Source;
  readonly patterns: readonly string[];
  /** Worktrees inside it, absolute: they are watched by themselves. */
  readonly inside: readonly string[];
  readonly clock: Clock;
  readonly log: Log;
  onChange(changes: readonly Change[]): void;
  /** Git's own files changed; `worktrees` when linked ones came or went. */
  onGit(change: { readonly worktrees: boolean }): void;
  /** Only a scan can tell what changed. */
  onOverflow(reason: OverflowReason): void;
  /** The folder itself is gone; it is not watched any more. */
  onGone(): void;
}

/** Watches the files of a source and git's own. */
export class SourceWatch {
  readonly #options: SourceWatchOptions;
  #tree: TreeWatch | null = null;
  #git: GitWatch | null = null;

  constructor(options: SourceWatchOptions) {
    this.#options = options;
  }

  get mode(): 'native' | 'polling' | 'off' {
    if (this.#options.source.kind === 'repository') return this.#git?.mode ?? 'off';
    return this.#tree?.mode ?? 'off';
  }

  /** Whether the files are watched; not so while the folder is gone. */
  get follows(): boolean {
    return this.#tree !== null;
  }

  /** @throws BulwarkError `path-missing`, `path-unreadable`, `not-a-directory` */
  async start(): Promise<void> {
    const { source, patterns, inside, clock, log } = this.#options;
    if (source.kind === 'repository') return;
    if (source.kind === 'worktree') {
      const { gitDir, commonDir } = source.worktree;
      const onChange = (change: { worktrees: boolean }): void => this.#options.onGit(change);
      this.#git ??= await watchGit({ worktree: { gitDir, commonDir }, onChange, clock, log });
    }
    this.#tree = await watchTree({
      root: source.path,
      ignore: [
        '.git',
        `**/${STAGING_PREFIX}*`,
        ...regenerableNames().map((name) => `**/${name}`),
        ...patterns,
        ...inside,
      ],
      onChange: (changes) => this.#options.onChange(changes),
      onOverflow: (reason) => this.#options.onOverflow(reason),
      onRootGone: () => {
        void this.#tree?.close();
        this.#tree = null;
        this.#options.onGone();
      },
      clock,
      log,
    });
  }

  /** Whether everything that happened before the call has been told. */
  async settle(): Promise<boolean> {
    const told = (await this.#tree?.settle()) ?? false;
    await this.#git?.settle();
    return told;
  }

  /** It can be started again. */
  async close(): Promise<void> {
    const [tree, git] = [this.#tree, this.#git];
    this.#tree = null;
    this.#git = null;
    await tree?.close();
    await git?.close();
  }
}
