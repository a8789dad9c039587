import { isFaultId } from '../../monitor/catalogue';
import type { Finding } from '../../monitor/finding';
import type { GitPlace } from '../../monitor/git/detector';
import type { HealthMonitor } from '../../monitor/health-monitor';
import type { Backups } from '../../protection/backups/backups';
import type { DataProtectionLayer } from '../../protection/data-protection-layer';
import type { GitBackups } from '../../protection/git-backups';
import { BulwarkError } from '../../support/errors';
import type { Clock } from '../../support/clock';
import { displayName } from '../../support/names';
import type { Git } from '../../worktrees/git';
import type { PreparedAction } from '../action';
import type { AttemptRecord, Attempts } from '../attempt';
import type { Incident } from '../incident';
import type { Remedy, Tier } from '../remedy';
import type { GitDiagnosis } from './diagnosis';
import { GitCare } from './git-care';
import { GitRemedies, placeOf } from './git-remedies';

export interface MenderOptions {
  readonly git: Git;
  readonly clock: Clock;
  readonly attempts: Attempts;
  readonly protection: DataProtectionLayer;
  readonly backups: Backups;
  readonly kept: GitBackups;
  readonly diagnosis: GitDiagnosis;
  /** Is told what was mended, to look again. */
  readonly health: Pick<HealthMonitor, 'changed'>;
}

/** What became of one fault. */
export type Mended =
  | { readonly kind: 'healed'; readonly remedy: Remedy; readonly attempt: AttemptRecord }
  | { readonly kind: 'left'; readonly why: string };

/** Remedies that are tried for one fault. */
const MAX_TRIES = 3;
/** As long as the snapshot before a repair may wait for others on a busy machine, and run, ms. */
const SAVING_MS = 120_000;
const TIERS: readonly Tier[] = ['automatic', 'after-snapshot', 'approval'];

/** Mends one fault in git's own files: tries remedies, each in a safe attempt, until one helps. */
export class Mender {
  readonly #options: MenderOptions;

  constructor(options: MenderOptions) {
    this.#options = options;
  }

  /** @param places worktrees among which the one of the finding is */
  remedies(finding: Finding, places: readonly GitPlace[]): Promise<readonly Remedy[]> {
    const { git, kept } = this.#options;
    return new GitRemedies({ git, backups: kept, places: () => places }).remediesFor(finding);
  }

  /** @param upTo remedies of a higher tier are not tried */
  async mend(
    finding: Finding,
    places: readonly GitPlace[],
    { signal, upTo }: { signal: AbortSignal; upTo: Tier },
  ): Promise<Mended> {
    const { git, clock, attempts, diagnosis } = this.#options;
    const place = placeOf(finding, places);
    if (place === null) return { kind: 'left', why: 'its worktree is not known' };
    const all = await this.remedies(finding, places);
    const allowed = all.filter(({ tier }) => TIERS.indexOf(tier) <= TIERS.indexOf(upTo));
    let why =
      all.length > 0 ? 'a person has to approve it' : 'no backup and no log tells how it was';
    for (const remedy of allowed.slice(0, MAX_TRIES)) {
      const care = new GitCare({
        finding,
        place,
        places: concerned(finding, place, places),
        git,
        clock,
        diagnosis,
        snapshot: (of, stop) => this.#save(of, stop),
      });
      const outcome = await attempts.run({ finding, remedy, care, signal, approved: true });
      if (outcome.kind === 'healed') {
        const guard = this.#guardOf(place);
        if (guard !== undefined) this.#options.health.changed(guard.source.id);
        return { kind: 'healed', remedy, attempt: outcome.attempt };
      }
      why = outcome.why;
      if (outcome.kind !== 'rolled-back') break;
    }
    return { kind: 'left', why };
  }

  /** The same for what the monitor found: one action, which tries remedies of no higher tier than its own. */
  async actionsFor(incident: Incident, places: readonly GitPlace[]): Promise<PreparedAction[]> {
    const finding = findingOf(incident);
    if (finding === null) return [];
    const [first] = await this.remedies(finding, places);
    if (first === undefined) return [];
    const { action, tier, explain, touches } = first;
    return [
      {
        action,
        tier,
        explain,
        touches,
        timeoutMs: first.timeoutMs * MAX_TRIES + SAVING_MS,
        savesItself: true,
        apply: async ({ signal, say, keep }) => {
          const mended = await this.mend(finding, places, { signal, upTo: tier });
          if (mended.kind === 'left') throw new BulwarkError('recovery-refused', mended.why);
          // Until here the repair has seen to its own way back.
          await keep({ kind: 'repair', attempt: mended.attempt.id });
          say(mended.remedy.explain);
        },
      },
    ];
  }

  async #save(place: GitPlace, signal: AbortSignal): Promise<string> {
    const guard = this.#guardOf(place);
    const shown = displayName(place.path);
    if (guard === undefined)
      throw new BulwarkError(
        'not-protected',
        `${shown} is not protected, so its state cannot be saved before a repair; protect it with: bulwark start ${shown}`,
      );
    const { record } = await this.#options.backups.run(guard, {
      backup: 'incremental',
      kind: 'automatic',
      signal,
      onProgress: () => undefined,
    });
    return record.id;
  }

  #guardOf({ path }: GitPlace): ReturnType<DataProtectionLayer['guards']>[number] | undefined {
    return this.#options.protection
      .guards()
      .find(({ source }) => source.kind === 'worktree' && source.path === path);
  }
}

/** The worktrees in which the repair of a fault may show: its own, or all of its repository. */
function concerned(
  { subject }: Finding,
  place: GitPlace,
  places: readonly GitPlace[],
): readonly GitPlace[] {
  if (subject.kind === 'worktree') return [place];
  return places.filter(({ commonDir }) => commonDir === place.commonDir);
}

function findingOf({ fault, subject, part, message, details }: Incident): Finding | null {
  const { kind } = subject;
  if (!isFaultId(fault) || !fault.startsWith('git.') || kind === 'store') return null;
  return { fault, subject: { ...subject, kind }, part, message, details };
}
