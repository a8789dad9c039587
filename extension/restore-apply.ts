import type { RestorePlan, RestoreResult } from '../agent/protocol/entities';
import { reasonOf } from './agent-error';
import type { Call } from './agent-link';
import type { OwnWork } from './own-work';
import type { Next } from './restore-stages';
import type { Ui } from './ui';

export interface ApplyOptions {
  readonly call: Call;
  readonly ui: Ui;
  readonly own: OwnWork;
  /** Called after a restore, without being waited for. */
  readonly onRestored: (result: RestoreResult, name: string) => void;
}

/** Does what a plan says; where files changed since it was made, offers a new one. */
export async function applyPlan(options: ApplyOptions, plan: RestorePlan, name: string): Next {
  const { ui, call, own, onRestored } = options;
  try {
    const result = await ui.progress(`Restoring ${name}`, (onProgress, signal) =>
      own.run(() => call('restore/apply', { plan: plan.id }, { signal, onProgress })),
    );
    onRestored(result, name);
    return { kind: 'done' };
  } catch (error) {
    const reason = reasonOf(error);
    if (reason === 'cancelled') {
      ui.mention(`Restore cancelled: ${name} is as it was`);
      return { kind: 'cancelled' };
    }
    if (reason !== 'plan-stale') throw error;
    const message = `Files of ${name} changed since the plan was made. Nothing was restored.`;
    const answer = await ui.notify('warning', message, ['Show New Plan']);
    return answer === undefined ? { kind: 'cancelled' } : { kind: 'again' };
  }
}
