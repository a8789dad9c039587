import type { RecoveryInfo } from '../../agent/protocol/recovery-entities';
import { count } from '../format';

/** Recoveries that are alike in what they need of a person. */
export interface RecoveryGroup {
  readonly key: 'waiting' | 'running' | 'left' | 'done' | 'back';
  readonly label: string;
  readonly recoveries: readonly RecoveryInfo[];
}

const GROUPS: readonly {
  readonly key: RecoveryGroup['key'];
  readonly label: string;
  readonly states: readonly RecoveryInfo['state'][];
}[] = [
  { key: 'waiting', label: 'Waiting for Approval', states: ['approval'] },
  { key: 'running', label: 'Running', states: ['queued', 'running'] },
  { key: 'left', label: 'Not Fixed', states: ['person'] },
  { key: 'done', label: 'Done', states: ['healed', 'cleared'] },
  { key: 'back', label: 'Rolled Back', states: ['rolled-back', 'cancelled', 'undone'] },
];

/** Recoveries by what they need, those that need most first; no empty group. */
export function recoveryGroups(recoveries: readonly RecoveryInfo[]): readonly RecoveryGroup[] {
  return GROUPS.map(({ key, label, states }) => ({
    key,
    label,
    recoveries: recoveries.filter(({ state }) => states.includes(state)),
  })).filter((group) => group.recoveries.length > 0);
}

/** What the row of a group says beside its name. */
export function groupCount({ recoveries }: RecoveryGroup): string {
  return count(recoveries.length, 'recovery', 'recoveries');
}
