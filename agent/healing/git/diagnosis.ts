import { dirname, join, resolve } from 'node:path';
import { FAULTS } from '../../monitor/catalogue';
import type { Finding, Subject } from '../../monitor/finding';
import type { GitFault, GitPlace } from '../../monitor/git/detector';
import { Detectors } from '../../monitor/git/detectors';
import type { Clock } from '../../support/clock';
import type { Log } from '../../support/log';
import { displayName } from '../../support/names';
import type { Git } from '../../worktrees/git';
import { leftFolderOf } from '../../monitor/git/left-behind';
import { missingObject } from '../../monitor/git/missing-head';
import { wasRemoved } from '../../monitor/git/removed';
import type { GitBackups } from '../../protection/git-backups';
import { dotGit, kindOf, readSmall } from '../../worktrees/git-files';
import { connectivity, missingIn } from './connectivity';
import { corruptObjects } from './loose-objects';
import { findCutOffFiles } from './offers/cut-off-files';
import { findPoppedStashes } from './offers/popped-stash';
import { findStrayCommits } from './offers/stray-commits';
import { oldLocks } from './old-locks';
import { spoiltPacks } from './packs/pack-sums';
import { changedFiles } from './status-set';

export interface DiagnosisOptions {
  readonly git: Git;
  readonly clock: Clock;
  readonly log: Log;
  readonly kept: GitBackups;
}

/** What is wrong with the worktrees of a repository. */
export interface Diagnosis {
  /** In the order in which they are best mended. */
  readonly findings: readonly Finding[];
  /** Locks that are too young to tell whether somebody holds them. */
  readonly young: readonly string[];
  /** Whether git could check that all objects are there in the time it has. */
  readonly complete: boolean;
}

/**
 * Locks first, because nothing is changed while one is there. Then what must be well before the next can be looked at or mended: the links, git's settings, HEAD and
 * refs, objects, the index.
 */
const ORDER: readonly string[] = [
  'git.lock-stale',
  'git.link-missing',
  'git.link-elsewhere',
  'git.admin-missing',
  'git.worktree-moved',
  'git.file-damaged',
  'git.marked-bare',
  'git.head-damaged',
  'git.ref-damaged',
  'git.pack-damaged',
  'git.object-empty',
  'git.object-corrupt',
  'git.object-missing',
  'git.index-object-missing',
  'git.index-part-missing',
  'git.index-damaged',
];

/** Looks at git's own files all at once, for whoever asks; the monitor does so over time. Reads only. */
export class GitDiagnosis {
  readonly #options: DiagnosisOptions;

  constructor(options: DiagnosisOptions) {
    this.#options = options;
  }

  /** What remembers what it has looked at: with it, further looks are quick. */
  detectors(): Detectors {
    return new Detectors(this.#options);
  }

  /**
   * @param places worktrees of one repository
   * @param deep also what takes longer: objects
   * @param detectors of earlier looks at these
   */
  async look(
    all: readonly GitPlace[],
    deep: boolean,
    detectors = this.detectors(),
  ): Promise<Diagnosis> {
    const { clock } = this.#options;
    const { places, removed } = await apart(all);
    const findings: Finding[] = [];
    const young: string[] = [];
    const [first] = places;
    if (first !== undefined) {
      const { faults } = await detectors.look('repository', first);
      const locks = await oldLocks('repository', first, clock);
      young.push(...locks.young);
      const known = new Set(faults.map(({ part }) => part));
      const objects = deep ? [...(await corruptObjects(first)), ...(await spoiltPacks(first))] : [];
      const found = [...faults, ...locks.faults, ...objects.filter(({ part }) => !known.has(part))];
      findings.push(...found.map((fault) => findingOf(repositoryOf(first), fault, first)));
    }
    for (const place of places) {
      if ((await kindOf(place.path).catch(() => null)) !== 'directory') continue;
      const { faults } = await detectors.look('worktree', place);
      const locks = await oldLocks('worktree', place, clock);
      young.push(...locks.young);
      const found = [...faults, ...locks.faults, ...(await moved(place))];
      findings.push(...found.map((fault) => findingOf(worktreeOf(place), fault, place)));
    }
    findings.push(...(await this.#offers(places, removed, findings)));
    const complete = await this.#askGit(places, findings, deep);
    findings.sort((a, b) => rank(a) - rank(b));
    return { findings, young, complete };
  }

  /** What is in order, and yet may be made better when somebody asks for it. */
  async #offers(
    places: readonly GitPlace[],
    removed: readonly GitPlace[],
    known: readonly Finding[],
  ): Promise<Finding[]> {
    const { git, clock, kept } = this.#options;
    const [first] = places;
    // What breaks git comes first; asked now, git would answer wrongly.
    if (first === undefined || known.some(isSerious)) return [];
    const found: Finding[] = [];
    for (const place of removed) {
      const left = await leftFolderOf(place);
      if (left !== null && !known.some(({ part }) => part === left.part))
        found.push(findingOf(repositoryOf(first), left, place));
    }
    const there: GitPlace[] = [];
    for (const place of places) if ((await dotGit(place.path)) !== null) there.push(place);
    for (const fault of await findCutOffFiles(first, clock))
      found.push(findingOf(repositoryOf(first), fault, first));
    for (const place of there)
      for (const fault of await findStrayCommits(git, place))
        found.push(findingOf(worktreeOf(place), fault, place));
    for (const fault of await findPoppedStashes({ git, backups: kept, places: there })) {
      const place = there.find(({ path }) => path === fault.details?.['path']) ?? first;
      found.push(findingOf(worktreeOf(place), fault, place));
    }
    return found;
  }

  /** What only git can tell, where nothing else is wrong that would explain it. */
  async #askGit(places: readonly GitPlace[], findings: Finding[], deep: boolean): Promise<boolean> {
    const { git } = this.#options;
    let complete = true;
    if (findings.some((one) => isSerious(one) && one.fault !== 'git.lock-stale')) return complete;
    for (const place of places) {
      if ((await kindOf(place.path).catch(() => null)) !== 'directory') continue;
      const lines = deep ? await connectivity(git, place) : [];
      complete &&= lines !== null;
      for (const id of missingIn(lines ?? [])) {
        const fault = missingObject(place.path, place.commonDir, id);
        if (findings.some(({ part }) => part === fault.part)) continue;
        findings.push(findingOf(worktreeOf(place), fault, place));
      }
      const status = await changedFiles(git, place);
      if (status.kind === 'changed' || findings.some(isSerious)) continue;
      const message = `Git cannot read ${displayName(place.path)}: ${status.why}`;
      const fault = { fault: 'git.unreadable', part: '', message, details: {} } as const;
      findings.push(findingOf(worktreeOf(place), fault, place));
    }
    return complete;
  }
}

/** Worktrees, and what git has removed but is known still. */
async function apart(
  all: readonly GitPlace[],
): Promise<{ places: readonly GitPlace[]; removed: readonly GitPlace[] }> {
  const places: GitPlace[] = [];
  const removed: GitPlace[] = [];
  for (const place of all) {
    // Where `.git` is left, only its git directory was lost.
    const gone = (await wasRemoved(place)) && (await dotGit(place.path)) === null;
    (gone ? removed : places).push(place);
  }
  return { places, removed };
}

/** Whether something is broken, and not only worth knowing. */
export function isSerious({ fault }: Finding): boolean {
  return FAULTS[fault].severity !== 'info';
}

function rank({ fault }: Finding): number {
  const at = ORDER.indexOf(fault);
  return at < 0 ? ORDER.length : at;
}

function findingOf(subject: Subject, fault: GitFault, place: GitPlace): Finding {
  const { fault: id, part, message, details = {} } = fault;
  return { fault: id, subject, part, message, details: { ...details, worktree: place.path } };
}

function worktreeOf({ path }: GitPlace): Subject {
  return { kind: 'worktree', id: path, name: displayName(path), group: path };
}

function repositoryOf({ commonDir }: GitPlace): Subject {
  const name = displayName(commonDir);
  return { kind: 'repository', id: commonDir, name, group: commonDir };
}

/** A worktree whose git directory still names the place where it was before (failure 11). */
async function moved({ path, gitDir, role }: GitPlace): Promise<GitFault[]> {
  if (role === 'main') return [];
  const named = await readSmall(join(gitDir, 'gitdir'));
  if (named === null || named === '') return [];
  const before = dirname(resolve(gitDir, named));
  if (before === path || (await kindOf(before).catch(() => 'other')) !== null) return [];
  return [
    {
      fault: 'git.worktree-moved',
      part: path,
      message: `${displayName(path)} was moved from ${displayName(before)}, and git does not know`,
      details: { path, before },
    },
  ];
}
