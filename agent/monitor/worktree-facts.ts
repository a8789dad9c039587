import type { Clock } from '../support/clock';
import { BulwarkError } from '../support/errors';
import type { Git } from '../worktrees/git';
import type { Worktree } from '../worktrees/worktree';
import { DependencyCheck, type Dependencies } from './projects/dependencies';
import { diskUse, type DiskUse } from './projects/disk-use';
import type { WorktreeStatus } from './worktree-status';

/** What is known of a worktree beside its faults; null where it was not looked at. */
export interface WorktreeFacts {
  /** When the oldest commit that the upstream does not have was made, ms since 1970. */
  readonly unpushedSince: number | null;
  readonly dependencies: readonly Dependencies[];
  /** Measured when somebody asked for it. */
  readonly disk: { readonly use: DiskUse; readonly at: number } | null;
}

const NONE: WorktreeFacts = { unpushedSince: null, dependencies: [], disk: null };
/** Between two looks at the lock files of a worktree, ms. */
const FLOOR_MS = 30_000;
/** A measured size is good for so long, ms. */
const DISK_MS = 60_000;

/** Gathers what is told of worktrees beside their faults. Reads only. */
export class FactBook {
  readonly #clock: Clock;
  readonly #git: Git;
  readonly #facts = new Map<string, WorktreeFacts>();
  readonly #checks = new DependencyCheck();
  /** When lock files were looked at, by source. */
  readonly #looked = new Map<string, number>();
  /** The head and count for which {@link WorktreeFacts.unpushedSince} was asked, by source. */
  readonly #asked = new Map<string, string>();
  readonly #measuring = new Map<string, Promise<DiskUse>>();

  constructor({ clock, git }: { readonly clock: Clock; readonly git: Git }) {
    this.#clock = clock;
    this.#git = git;
  }

  of(id: string): WorktreeFacts {
    return this.#facts.get(id) ?? NONE;
  }

  /** Brings them up to date: lock files at most every 30 s, git only when commits came or went. */
  async refresh(
    id: string,
    { path, commonDir }: Pick<Worktree, 'path' | 'commonDir'>,
    status: WorktreeStatus | null,
  ): Promise<WorktreeFacts> {
    const ahead = status?.upstream?.ahead ?? 0;
    const question = `${status?.head ?? ''} ${String(ahead)}`;
    if (this.#asked.get(id) !== question) {
      const unpushedSince = ahead === 0 ? null : await this.#oldestUnpushed(path, commonDir);
      this.#asked.set(id, question);
      this.#facts.set(id, { ...this.of(id), unpushedSince });
    }
    const now = this.#clock.monotonic();
    if (now - (this.#looked.get(id) ?? Number.NEGATIVE_INFINITY) >= FLOOR_MS) {
      this.#looked.set(id, now);
      const dependencies = await this.#checks.of(path);
      this.#facts.set(id, { ...this.of(id), dependencies });
    }
    return this.of(id);
  }

  /** Measures what a source takes on the disk; several who ask at once share one walk. */
  async measure(id: string, path: string, signal?: AbortSignal): Promise<DiskUse> {
    const known = this.of(id).disk;
    if (known !== null && Math.abs(this.#clock.now() - known.at) < DISK_MS) return known.use;
    const running = this.#measuring.get(id);
    if (running !== undefined) return await running;
    const walk = diskUse(path, signal);
    this.#measuring.set(id, walk);
    try {
      const use = await walk;
      this.#facts.set(id, { ...this.of(id), disk: { use, at: this.#clock.now() } });
      return use;
    } finally {
      this.#measuring.delete(id);
    }
  }

  forget(id: string): void {
    for (const map of [this.#facts, this.#looked, this.#asked]) map.delete(id);
  }

  async #oldestUnpushed(path: string, commonDir: string): Promise<number | null> {
    const args = ['log', '--reverse', '--format=%ct', '@{upstream}..HEAD'];
    try {
      const { stdout } = await this.#git.run({ cwd: path, lane: commonDir, args });
      const seconds = Number(stdout.toString('latin1').split('\n')[0]);
      return seconds > 0 ? seconds * 1000 : null;
    } catch (error) {
      if (error instanceof BulwarkError) return null;
      throw error;
    }
  }
}
