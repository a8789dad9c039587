import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import type { FaultId } from '../../monitor/catalogue';
import type { Finding } from '../../monitor/finding';
import type { GitPlace } from '../../monitor/git/detector';
import type { Detectors } from '../../monitor/git/detectors';
import { liveGitAt } from '../../monitor/git/live-git';
import { statOf } from '../../monitor/git/read-file';
import { locksOf } from '../../monitor/git/stale-lock';
import type { Clock } from '../../support/clock';
import { decodeName, displayName, toFsPath } from '../../support/names';
import type { Git } from '../../worktrees/git';
import type { Care } from '../attempt';
import type { Remedy } from '../remedy';
import type { Workbench } from '../workbench/workbench';
import { connectivity } from './connectivity';
import { isSerious, type GitDiagnosis } from './diagnosis';
import { gitFiles, HEAVY, printsOfGit } from './git-files-print';
import { changedFiles, type StatusAnswer } from './status-set';

export interface GitCareOptions {
  readonly finding: Finding;
  readonly place: GitPlace;
  /** The worktrees that are looked at before and after. */
  readonly places: readonly GitPlace[];
  readonly git: Git;
  readonly clock: Clock;
  readonly diagnosis: GitDiagnosis;
  /** Takes a verified snapshot of the worktree and of its repository; resolves to its id. */
  snapshot(place: GitPlace, signal: AbortSignal): Promise<string>;
}

/** While one of these is there, what git says of changed files is wrong. */
const MISLEADING: ReadonlySet<FaultId> = new Set([
  'git.ref-damaged',
  'git.head-damaged',
  'git.marked-bare',
  'git.link-missing',
  'git.link-elsewhere',
  'git.admin-missing',
  'git.worktree-moved',
  'git.pack-damaged',
  'git.object-empty',
  'git.object-corrupt',
  'git.object-missing',
  'git.index-object-missing',
  'git.file-damaged',
  // Git does not check the sum of an index, and may take garbage for entries.
  'git.index-damaged',
  'git.index-part-missing',
]);

/** Times of files are coarse, ms. */
const SLACK_MS = 2_000;

/** What only a look at all objects finds. */
const DEEP: ReadonlySet<FaultId> = new Set([
  'git.object-corrupt',
  'git.object-missing',
  'git.pack-damaged',
]);

/** Keeps a repair of git's own files safe: nothing but what is planned may be different afterwards. */
export class GitCare implements Care {
  readonly key: string;
  readonly #options: GitCareOptions;
  #status: StatusAnswer | null = null;
  /** When {@link #status} was asked for, ms since 1970. */
  #askedAt = 0;
  #prints = new Map<string, string>();
  #broken: ReadonlySet<string> | null = null;
  #others: readonly string[] = [];
  readonly #detectors: Detectors;

  constructor(options: GitCareOptions) {
    this.#detectors = options.diagnosis.detectors();
    this.key = options.place.commonDir;
    this.#options = options;
  }

  async busy(): Promise<string | null> {
    const { place, finding } = this.#options;
    if ((await liveGitAt(place)) === 'yes') return `git is at work in ${displayName(place.path)}`;
    if (finding.fault === 'git.lock-stale') return null;
    // Whoever holds one is about to change what it is for; one that nobody holds is mended first.
    for (const lock of [
      ...(await locksOf('worktree', place)),
      ...(await locksOf('repository', place)),
    ])
      if ((await statOf(lock)) !== null) return `${displayName(lock)} is there`;
    return null;
  }

  async save(bench: Workbench, tier: Remedy['tier'], signal: AbortSignal): Promise<string | null> {
    const { place } = this.#options;
    await bench.copy(await gitFiles(place), HEAVY);
    return tier === 'automatic' ? null : this.#options.snapshot(place, signal);
  }

  async before(signal: AbortSignal): Promise<void> {
    const { finding, place, git, clock } = this.#options;
    const findings = await this.#diagnose();
    this.#others = findings.map(keyOf);
    const lines = await connectivity(git, place).catch(() => null);
    this.#broken = lines === null ? null : new Set(lines);
    // Last, and looked at again as soon as it is done: what others do meanwhile is not the repair's.
    this.#askedAt = clock.now();
    this.#status = [finding, ...findings].some(({ fault }) => MISLEADING.has(fault))
      ? null
      : await changedFiles(git, place, signal);
    this.#prints = await printsOfGit(place);
  }

  async verify(bench: Workbench, signal: AbortSignal): Promise<string | null> {
    const { git, place } = this.#options;
    // What the bench does by itself it tells; the rest is somebody else's work, to which git is open again.
    const unplanned = bench.hasRunGit ? await this.#changedBeyond(bench.touched) : null;
    if (unplanned !== null) return `${displayName(unplanned)} has changed, which was not planned`;
    const status = this.#status === null ? null : await changedFiles(git, place, signal);
    for (let look = 0; look < 2; look++) {
      const why = await this.#look(signal);
      if (why !== null) return why;
    }
    const others = await this.#changedOtherwise(status);
    if (others !== null) return others;
    if (this.#broken === null) return null;
    const lines = (await connectivity(git, place)) ?? [];
    const worse = lines.find((line) => this.#broken?.has(line) !== true);
    // Before, git may not have come so far as to see it.
    return worse === undefined || this.#broken.size > 0 ? null : `git fsck says: ${worse}`;
  }

  async #look(signal: AbortSignal): Promise<string | null> {
    const { finding, place, git } = this.#options;
    const findings = await this.#diagnose();
    const still = findings.find((one) => keyOf(one) === keyOf(finding));
    if (still !== undefined) return still.message;
    // What is behind a fault that blinds git is seen only when that is mended.
    // What is only offered is not looked for while something is broken.
    const fresh = findings.find((one) => isSerious(one) && !this.#others.includes(keyOf(one)));
    if (fresh !== undefined && this.#status !== null) return fresh.message;
    if (findings.some(isSerious)) return null;
    const now = await changedFiles(git, place, signal);
    if (now.kind === 'failed') return now.why;
    const list = ['worktree', 'list', '--porcelain'];
    await git.run({ cwd: place.path, lane: place.commonDir, args: list });
    return null;
  }

  async #diagnose(): Promise<readonly Finding[]> {
    const { finding, places, diagnosis } = this.#options;
    const deep = DEEP.has(finding.fault);
    return (await diagnosis.look(places, deep, this.#detectors)).findings;
  }

  /** Whether git sees other files changed than before, but for those that were edited meanwhile. */
  async #changedOtherwise(now: StatusAnswer | null): Promise<string | null> {
    if (this.#status?.kind !== 'changed' || now?.kind !== 'changed') return null;
    const [before, after] = [this.#status.paths, now.paths];
    const differ = [...before, ...after].filter((path) => before.has(path) !== after.has(path));
    for (const path of differ) {
      const file = join(this.#options.place.path, decodeName(Buffer.from(path, 'latin1')));
      const found = await lstat(toFsPath(file)).catch(() => null);
      if (found === null || found.ctimeMs < this.#askedAt - SLACK_MS)
        return `${displayName(file)} is changed otherwise than before, as git sees it`;
    }
    return null;
  }

  async #changedBeyond(touched: readonly string[]): Promise<string | null> {
    const now = await printsOfGit(this.#options.place);
    const planned = (path: string): boolean =>
      touched.some(
        (one) => path === one || path.startsWith(`${one}/`) || path.startsWith(`${one}\\`),
      );
    for (const [path, print] of now)
      if (this.#prints.get(path) !== print && !planned(path)) return path;
    for (const path of this.#prints.keys()) if (!now.has(path) && !planned(path)) return path;
    return null;
  }
}

function keyOf({ fault, part }: Finding): string {
  return `${fault}\0${part}`;
}
