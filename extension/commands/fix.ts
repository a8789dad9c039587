import type { AlertInfo } from '../../agent/protocol/health-entities';
import type { RecoveryPlan } from '../../agent/protocol/recovery-entities';
import { reasonOf } from '../agent-error';
import type { App } from '../app';
import { isActive, subjectLabel } from '../health/alert-words';
import { displayName } from '../names';
import { decide } from '../recoveries/decide';
import { dryRunText } from '../recoveries/recovery-text';
import { alertOf } from './alerts';
import { reviewRecovery } from './recoveries';
import { watchRecovery } from './recovery-flow';

/** Nothing is done by waiting: it is no answer for somebody who asks what can be done. */
const WAIT = 'wait';

/** Fix…: what can be done about a fault is explained, then done, with a way back. */
export async function fixFault(app: App, argument: unknown): Promise<void> {
  const alert = await alertOf(app, argument, {
    title: 'Fix',
    only: (one) => isActive(one) && one.recoverable === true,
    empty: 'Nothing is wrong that Bulwark could fix.',
  });
  if (alert === null) return;
  const open = app.recoveries.openOf(alert.subject);
  if (open?.state === 'approval') {
    await reviewRecovery(app, open.id);
    return;
  }
  if (open !== undefined) {
    await app.show({ recovery: open.id });
    return;
  }
  const name = subjectLabel(alert.subject);
  const [first, ...others] = await plansFor(app, alert);
  if (first === undefined) {
    const known = `Bulwark knows nothing that it could do itself. ${displayName(alert.hint)}`;
    const answer = await app.ui.notify('info', `${displayName(alert.message)}. ${known}`, [
      'Show Alert',
    ]);
    if (answer !== undefined) await app.show({ alert: alert.id });
    return;
  }
  const plans = [first, ...others] as const;
  const decision = await decide(app, {
    title: `Fix ${name}`,
    name,
    message: alert.message,
    plans: [first, ...others],
    action: 'Fix',
    canRefuse: false,
    details: async () => {
      const text = dryRunText({ message: alert.message, plans }, name, {
        title: (strategy) => app.recoveries.title(strategy),
      });
      await app.recoveryDocuments.showText(`Plan for ${name}`, text);
    },
  });
  if (decision.kind !== 'do') return;
  const { strategy } = decision.plan;
  const recovery = await app.connection.call('recovery/start', {
    target: alert.id,
    strategy,
    by: app.person(),
  });
  await watchRecovery(app, recovery);
}

async function plansFor(app: App, alert: AlertInfo): Promise<readonly RecoveryPlan[]> {
  try {
    const { plans } = await app.connection.call('recovery/plan', { target: alert.id });
    return plans.filter(({ strategy }) => strategy !== WAIT);
  } catch (error) {
    if (reasonOf(error) === 'recovery-refused') return [];
    throw error;
  }
}
