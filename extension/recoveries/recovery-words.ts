import type { RecoveryInfo, RecoveryPlan } from '../../agent/protocol/recovery-entities';
import { age, capitalized, count, moment } from '../format';
import { displayName } from '../names';
import type { WorktreeIcon } from '../worktree-words';

type Step = RecoveryInfo['steps'][number];
type PlannedAction = RecoveryPlan['rows'][number][number];

const WARNING = 'list.warningForeground';
const ERROR = 'list.errorForeground';

const STATES: Readonly<
  Record<RecoveryInfo['state'], { readonly words: string; readonly icon: WorktreeIcon }>
> = {
  queued: { words: 'waits for its turn', icon: { id: 'clock' } },
  running: { words: 'running', icon: { id: 'sync~spin' } },
  approval: { words: 'waits for your approval', icon: { id: 'question', color: WARNING } },
  healed: { words: 'fixed', icon: { id: 'pass' } },
  cleared: { words: 'went away by itself', icon: { id: 'pass' } },
  person: { words: 'not fixed, needs you', icon: { id: 'error', color: ERROR } },
  'rolled-back': { words: 'rolled back', icon: { id: 'discard' } },
  cancelled: { words: 'cancelled', icon: { id: 'circle-slash' } },
  undone: { words: 'undone', icon: { id: 'discard' } },
};

const STEP_STATES: Readonly<
  Record<Step['state'], { readonly words: string; readonly icon: WorktreeIcon }>
> = {
  running: { words: 'being done', icon: { id: 'sync~spin' } },
  verifying: { words: 'being verified', icon: { id: 'sync~spin' } },
  helped: { words: 'helped', icon: { id: 'pass' } },
  'no-help': { words: 'did not help', icon: { id: 'circle-slash' } },
  failed: { words: 'failed', icon: { id: 'error', color: ERROR } },
  'rolled-back': { words: 'did not help, taken back', icon: { id: 'discard' } },
};

const TIERS: Readonly<Record<PlannedAction['tier'], string>> = {
  automatic: 'needs no approval',
  'after-snapshot': 'only once everything is saved',
  approval: 'only with your approval',
};

/** How what an action did is taken back; others leave nothing behind. */
const WAYS_BACK: Readonly<Record<string, string>> = {
  restart_component: 'A restart has no way back.',
  restart_dependencies: 'A restart has no way back.',
  clear_cache: 'What is moved away is kept for 7 days: Undo moves it back.',
  increase_resources: 'Undo gives it what it had before.',
  repair_corruption: 'What was there before is set aside: Undo puts it back.',
  restore_backup: 'Undo goes back to how it is now.',
  rollback_changes: 'How it is now is saved first: Undo brings it back.',
  emergency_shutdown: 'Undo starts again what was stopped.',
};

/** The state of a recovery in words. */
export function recoveryState({ state }: RecoveryInfo): string {
  return STATES[state].words;
}

export function recoveryIcon({ state }: RecoveryInfo): WorktreeIcon {
  return STATES[state].icon;
}

/** The short name of what a recovery is of. */
export function recoveryName({ subject }: Pick<RecoveryInfo, 'subject'>): string {
  const { kind, name } = subject;
  const parts = name.split(/[\\/]/).filter((part) => part !== '');
  if (kind === 'worktree') return displayName(parts.at(-1) ?? name);
  if (kind === 'repository') return displayName(parts.findLast((part) => part !== '.git') ?? name);
  return displayName(name);
}

/** What happened without anybody asking for it, in one short line. */
export function healedWords(
  recovery: Pick<RecoveryInfo, 'subject' | 'steps'>,
  title: (strategy: string) => string,
): string {
  const helped = recovery.steps.findLast(({ state }) => state === 'helped');
  const how = helped === undefined ? '' : `: ${lowered(title(helped.plan.strategy))}`;
  return `Bulwark healed ${recoveryName(recovery)}${how}`;
}

function lowered(words: string): string {
  return words.charAt(0).toLowerCase() + words.slice(1);
}

/** What stands beside the name: state, what it is about, when. */
export function recoveryDescription(recovery: RecoveryInfo, now: number): string {
  const { message, startedAt, endedAt } = recovery;
  const when = age(endedAt ?? startedAt, now);
  return [recoveryState(recovery), when, displayName(message)].join(' · ');
}

/** Everything that is worth a line of a tooltip. */
export function recoveryDetails(recovery: RecoveryInfo, now: number): readonly string[] {
  const { id, by, message, why, startedAt, endedAt, steps, proposal } = recovery;
  const lines = [displayName(message)];
  if (why !== null) lines.push(displayName(capitalized(why)));
  lines.push(
    `Began: ${moment(startedAt, now)}, ${by === null ? 'by itself' : `asked for by ${displayName(by)}`}`,
  );
  if (endedAt !== null) lines.push(`Over: ${moment(endedAt, now)}`);
  if (steps.length > 0) lines.push(`Tried: ${count(steps.length, 'step')}`);
  if (proposal !== null)
    lines.push(...proposal.rows.flat().map(({ explain }) => displayName(explain)));
  lines.push(`Recovery ${id}`);
  return lines;
}

export function stepState({ state }: Step): string {
  return STEP_STATES[state].words;
}

export function stepIcon({ state }: Step): WorktreeIcon {
  return STEP_STATES[state].icon;
}

/** What must be so before an action is done. */
export function tierWords({ tier }: PlannedAction): string {
  return TIERS[tier];
}

/** Whether a plan does something that a person has to agree to. */
export function needsYes({ rows }: RecoveryPlan): boolean {
  return rows.flat().some(({ tier }) => tier === 'approval');
}

/** What a plan does, one line an action. */
export function actionLines({ rows }: RecoveryPlan): readonly string[] {
  const lines = rows.flat().map(({ explain }) => displayName(explain));
  return lines.length === 0 ? ['Wait whether it goes away by itself'] : lines;
}

/** What is saved before a plan is carried out. */
export function savedWords({ rows }: RecoveryPlan): string {
  const isSaved = rows.flat().some(({ tier }) => tier !== 'automatic');
  return isSaved
    ? 'What it may change is saved first.'
    : 'How to take it back is written down first.';
}

/** How a plan is taken back after it was carried out. */
export function wayBackWords({ rows }: RecoveryPlan): string {
  const ways = rows.flat().map(({ action, touches }) => {
    if (action.startsWith('own:')) return 'Your settings describe whether it can be undone.';
    // The store is only added to.
    if (touches.includes('store')) return undefined;
    return WAYS_BACK[action];
  });
  const known = [...new Set(ways.filter((way) => way !== undefined))];
  return known.length === 0 ? 'It leaves nothing that would have to be undone.' : known.join(' ');
}

/** What happens after a plan was carried out. */
export const VERIFIED_WORDS =
  'What found the fault looks again, twice. If the fault is still there, what was done is taken back.';
