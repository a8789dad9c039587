import type { Notice, SnapshotId } from '../agent/protocol/entities';
import { count } from './format';
import { displayName } from './names';

/** What can be done about a notice. */
export type NoticeAction =
  | NonNullable<Notice['action']>
  | { readonly kind: 'show-worktrees' }
  /** An alert in its view; the worst of several. */
  | { readonly kind: 'show-alert'; readonly alert: string }
  /** Everything as it was just before, with its plan first. */
  | {
      readonly kind: 'restore-lost';
      readonly snapshot: SnapshotId;
      readonly withGitState: boolean;
    };

/** One notification for one or several notices. */
export interface NoticeWords {
  readonly severity: Notice['severity'];
  readonly message: string;
  readonly title: string;
  readonly action: NoticeAction;
}

const TITLES: Readonly<Record<NoticeAction['kind'], string>> = {
  'show-log': 'Show Log',
  verify: 'Verify Store',
  drill: 'Show Result',
  restore: 'Restore…',
  'restore-lost': 'Restore What Was Lost…',
  undo: 'Undo',
  'show-worktrees': 'Show Worktrees',
  'show-alert': 'Show Alert',
  recovery: 'Review Plan…',
};

/** Puts notices that came together into one notification with one action. */
export function noticeWords(notices: readonly Notice[]): NoticeWords | null {
  const [first] = notices;
  if (first === undefined) return null;
  const same = notices.every((notice) => notice.message === first.message);
  if (same) {
    const action = actionOf(first);
    return {
      severity: first.severity,
      message: displayName(first.message),
      title: TITLES[action.kind],
      action,
    };
  }
  const severity = worst(notices);
  const lead = notices.find((notice) => notice.severity === severity) ?? first;
  const others = count(notices.length - 1, 'other notice');
  const action = actionOf(lead);
  if (action.kind === 'show-alert' || action.kind === 'recovery') {
    const message = `${displayName(lead.message)} (and ${others})`;
    return { severity, message, title: TITLES[action.kind], action };
  }
  return {
    severity,
    message: `${displayName(lead.message)} (and ${others})`,
    title: TITLES['show-worktrees'],
    action: { kind: 'show-worktrees' },
  };
}

function actionOf({ action, loss, alerts }: Notice): NoticeAction {
  const [alert] = alerts ?? [];
  if (action === null && alert !== undefined) return { kind: 'show-alert', alert };
  if (action?.kind !== 'restore' || loss === undefined) return action ?? { kind: 'show-log' };
  const { withGitState } = loss;
  return { kind: 'restore-lost', snapshot: action.snapshot, withGitState };
}

function worst(notices: readonly Notice[]): Notice['severity'] {
  if (notices.some((notice) => notice.severity === 'error')) return 'error';
  return notices.some((notice) => notice.severity === 'warning') ? 'warning' : 'info';
}
