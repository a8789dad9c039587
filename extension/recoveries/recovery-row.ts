import type { RecoveryInfo, RecoveryPlan } from '../../agent/protocol/recovery-entities';
import type { RecoveryGroup } from './recovery-groups';

type Step = RecoveryInfo['steps'][number];

/** What a row in the view of recoveries stands for. */
export type RecoveryRow =
  | { readonly kind: 'recovery-group'; readonly group: RecoveryGroup }
  | { readonly kind: 'recovery'; readonly recovery: RecoveryInfo }
  | {
      readonly kind: 'recovery-plan';
      readonly recovery: RecoveryInfo;
      readonly plan: RecoveryPlan;
      /** What became of it and its number from 1; null for what is only proposed. */
      readonly step: (Step & { readonly number: number }) | null;
    }
  | { readonly kind: 'recovery-log'; readonly recovery: RecoveryInfo }
  | { readonly kind: 'recovery-line'; readonly key: string; readonly line: RecoveryLine };

/** One line of a plan, a step or a log. */
export interface RecoveryLine {
  readonly label: string;
  readonly text: string;
  /** Name of a product icon. */
  readonly icon: string;
}

/** What tells a row from all others. */
export function recoveryRowId(row: RecoveryRow): string {
  switch (row.kind) {
    case 'recovery-group':
      return `recovery-group:${row.group.key}`;
    case 'recovery':
      return `recovery:${row.recovery.id}`;
    case 'recovery-plan':
      return `recovery-plan:${row.recovery.id}:${row.step?.number ?? 'proposed'}`;
    case 'recovery-log':
      return `recovery-log:${row.recovery.id}`;
    case 'recovery-line':
      return `recovery-line:${row.key}`;
  }
}
