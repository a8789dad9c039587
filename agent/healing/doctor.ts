import { FAULTS } from '../monitor/catalogue';
import type { Finding } from '../monitor/finding';
import type { GitPlace } from '../monitor/git/detector';
import { wasRemoved } from '../monitor/git/removed';
import type { HealthMonitor } from '../monitor/health-monitor';
import type { Backups } from '../protection/backups/backups';
import type { DataProtectionLayer } from '../protection/data-protection-layer';
import { guardHolding } from '../protection/find-guard';
import type { GitBackups } from '../protection/git-backups';
import type { Clock } from '../support/clock';
import { BulwarkError } from '../support/errors';
import type { Log } from '../support/log';
import { displayName } from '../support/names';
import { discover } from '../worktrees/discovery';
import type { Git } from '../worktrees/git';
import { realName } from '../worktrees/locate';
import type { PreparedAction } from './action';
import { Attempts, type AttemptRecord } from './attempt';
import { GitDiagnosis, isSerious } from './git/diagnosis';
import { Mender } from './git/mender';
import type { Incident } from './incident';
import type { Tier } from './remedy';

export interface DoctorOptions {
  /** The agent's own folder; attempts are in `healing/attempts/` there. */
  readonly home: string;
  readonly git: Git;
  readonly clock: Clock;
  readonly log: Log;
  readonly protection: DataProtectionLayer;
  readonly backups: Backups;
  readonly kept: GitBackups;
  /** Is told what was mended, to look again. */
  readonly health: Pick<HealthMonitor, 'changed'>;
  /** For tests that end the process at a step. */
  readonly onStep?: (step: string) => Promise<void>;
}

/** One fault, and what became of it. */
export interface DoctorFault {
  readonly id: Finding['fault'];
  readonly title: string;
  readonly message: string;
  /** Its folder. */
  readonly worktree: string;
  /** The file or ref that it is about. */
  readonly part: string;
  /** Of the best remedy; null where none is known. */
  readonly tier: Tier | null;
  /** What the best remedy would do, or did. */
  readonly plan: string | null;
  readonly healed: boolean;
  /** The snapshot that was taken before. */
  readonly saved: string | null;
  /** The attempt that healed it; with it, it can be undone. */
  readonly attempt: string | null;
  /** Why it is not healed. */
  readonly why: string | null;
  readonly hint: string;
  /** Nothing is broken: the plan is only offered. */
  readonly offered: boolean;
}

/** What is wanted of an examination. */
interface DoctorOrder {
  /** Mend what is broken; whoever asks has approved what an examination without it shows. */
  readonly fix: boolean;
  /** Faults whose offers are taken up as well. */
  readonly offers: readonly string[];
}

export interface DoctorReport {
  readonly repository: string;
  readonly isProtected: boolean;
  /** Nothing is wrong (any more). */
  readonly healthy: boolean;
  readonly faults: readonly DoctorFault[];
  readonly young: readonly string[];
  readonly complete: boolean;
}

/** One repair shows what was behind it; more in a row than this is no repair. */
const MAX_REPAIRS = 200;

/** Finds what is wrong with the worktrees of a repository, and mends it when asked to. */
export class Doctor {
  readonly #options: DoctorOptions;
  readonly #attempts: Attempts;
  readonly #diagnosis: GitDiagnosis;
  readonly #mender: Mender;

  private constructor(options: DoctorOptions, attempts: Attempts) {
    this.#options = options;
    this.#attempts = attempts;
    this.#diagnosis = new GitDiagnosis(options);
    this.#mender = new Mender({ ...options, attempts, diagnosis: this.#diagnosis });
  }

  /** Puts back what a crash left in the middle of a repair; nothing else may repair before that. */
  static async open(options: DoctorOptions): Promise<Doctor> {
    const attempts = new Attempts(options);
    await attempts.recover();
    return new Doctor(options, attempts);
  }

  /**
   * Looks at all worktrees of the repository that `path` belongs to. Writes nothing unless it is
   * ordered to.
   * @throws BulwarkError `path-missing`, `not-a-repository`, `git-dubious-ownership` …
   */
  async examine(
    path: string,
    { fix, offers }: DoctorOrder,
    signal: AbortSignal,
  ): Promise<DoctorReport> {
    const faults = new Map<string, DoctorFault>();
    for (let repairs = 0; ; repairs++) {
      const places = await this.#placesAt(path);
      const { findings, young, complete } = await this.#diagnosis.look(places, true);
      for (const finding of findings) {
        const key = keyOf(finding);
        if (!faults.has(key)) faults.set(key, await this.#describe(finding, places));
      }
      const present = new Set(findings.map(keyOf));
      for (const [key, fault] of faults)
        // What went away with something else that was mended.
        if (!present.has(key)) faults.set(key, { ...fault, healed: true, why: null });
        else if (fault.healed)
          faults.set(key, { ...fault, healed: false, why: 'it was mended, and is there again' });
      const next = findings.find(
        (one) =>
          (isSerious(one) || offers.includes(one.fault)) && faults.get(keyOf(one))?.why === null,
      );
      if (!fix || next === undefined || repairs >= MAX_REPAIRS) {
        const [place] = places;
        return {
          repository: place?.commonDir ?? path,
          isProtected: places.some((one) => this.#guardOf(one) !== undefined),
          healthy: !findings.some(isSerious),
          faults: [...faults.values()],
          young,
          complete,
        };
      }
      const mended = await this.#mend(next, places, signal);
      // What was in the way of another repair may be gone with it: those are tried again.
      if (mended.healed)
        for (const [key, fault] of faults)
          if (!fault.healed) faults.set(key, { ...fault, why: null });
      faults.set(keyOf(next), mended);
    }
  }

  /** What can be done about an incident, for whoever deals with what the monitor finds. */
  async actionsFor(incident: Incident): Promise<readonly PreparedAction[]> {
    const places = this.#options.protection
      .guards()
      .flatMap(({ source }) => (source.kind === 'worktree' ? [source.worktree] : []));
    return this.#mender.actionsFor(incident, await removedLast(places));
  }

  /** Takes a repair back. @throws BulwarkError `nothing-to-undo`, `restore-refused` */
  undo(attempt: string): Promise<AttemptRecord> {
    return this.#attempts.undo(attempt);
  }

  async #mend(
    finding: Finding,
    places: readonly GitPlace[],
    signal: AbortSignal,
  ): Promise<DoctorFault> {
    const described = await this.#describe(finding, places);
    const mended = await this.#mender.mend(finding, places, { signal, upTo: 'approval' });
    if (mended.kind === 'left') return { ...described, why: mended.why };
    const { remedy, attempt } = mended;
    const { tier, explain: plan } = remedy;
    return {
      ...described,
      tier,
      plan,
      healed: true,
      saved: attempt.snapshot,
      attempt: attempt.id,
      why: null,
    };
  }

  #guardOf({ path }: GitPlace): ReturnType<DataProtectionLayer['guards']>[number] | undefined {
    return this.#options.protection
      .guards()
      .find(({ source }) => source.kind === 'worktree' && source.path === path);
  }

  /** Also those that git does not find any more but that are protected. */
  async #placesAt(path: string): Promise<GitPlace[]> {
    const { git, protection } = this.#options;
    await protection.takenUp();
    const real = await realName(path).catch(() => path);
    const source = guardHolding(protection.guards(), [real, path])?.source;
    const known = source?.kind === 'worktree' ? source.worktree.commonDir : null;
    let found = await discover(git, real).catch((error: unknown) => {
      if (known === null) throw error;
      return null;
    });
    // Without its `.git`, a worktree seems to belong to the repository around it, or to none.
    if (known !== null && (found?.kind !== 'repository' || found.commonDir !== known))
      found = await discover(git, known).catch(() => null);
    const commonDir = found?.kind === 'repository' ? found.commonDir : known;
    if (commonDir === null)
      throw new BulwarkError('not-a-repository', `${displayName(path)} is in no git repository`, {
        hint: 'Name a folder in a worktree.',
        details: { path },
      });
    const places = new Map<string, GitPlace>();
    for (const { source: one } of protection.guards())
      if (one.kind === 'worktree' && one.worktree.commonDir === commonDir)
        places.set(one.path, one.worktree);
    if (found?.kind === 'repository') for (const one of found.worktrees) places.set(one.path, one);
    return await removedLast([...places.values()]);
  }

  async #describe(finding: Finding, places: readonly GitPlace[]): Promise<DoctorFault> {
    const [remedy] = await this.#mender.remedies(finding, places);
    const { title, hint } = FAULTS[finding.fault];
    return {
      id: finding.fault,
      title,
      message: finding.message,
      worktree: String(finding.details['worktree'] ?? finding.subject.name),
      part: finding.part,
      tier: remedy?.tier ?? null,
      plan: remedy?.explain ?? null,
      healed: false,
      saved: null,
      attempt: null,
      why: null,
      hint,
      offered: !isSerious(finding),
    };
  }
}

function keyOf({ fault, part }: Finding): string {
  return `${fault}\0${part}`;
}

/** What is to be done in a repository is done from one of its worktrees that is there. */
async function removedLast(places: readonly GitPlace[]): Promise<GitPlace[]> {
  const removed = new Set<GitPlace>();
  for (const place of places) if (await wasRemoved(place)) removed.add(place);
  return [...places.filter((one) => !removed.has(one)), ...removed];
}
