import type { RecoveryInfo } from '../../agent/protocol/recovery-entities';
import type { App } from '../app';
import { capitalized } from '../format';
import { displayName } from '../names';
import { recoveryName } from '../recoveries/recovery-words';
import { reportProblems } from '../report-problems';

/** Shows the progress of a recovery until nothing more happens by itself; cancelling stops it. */
export async function watchRecovery(app: App, recovery: RecoveryInfo): Promise<void> {
  const { id } = recovery;
  const name = recoveryName(recovery);
  app.recoveries.take(recovery);
  const ended = await app.ui.progress(`Fixing ${name}`, async (_, signal) => {
    const cancel = (): void => {
      void reportProblems(app, 'cancel recovery', async () => {
        await app.connection.call('recovery/cancel', { recovery: id, by: app.person() });
      });
    };
    signal.addEventListener('abort', cancel, { once: true });
    return app.recoveries.settled(id);
  });
  announce(app, ended);
}

/** Takes back what a recovery did. */
export async function takeBack(app: App, recovery: RecoveryInfo): Promise<void> {
  const name = recoveryName(recovery);
  const undone = await app.ui.progress(`Undoing the recovery of ${name}`, (_, signal) =>
    app.connection.call('recovery/undo', { recovery: recovery.id, by: app.person() }, { signal }),
  );
  app.recoveries.take(undone);
  app.ui.mention(`Recovery undone: ${name} is as before`);
}

/** Says how a recovery ended, without waiting for an answer. */
function announce(app: App, recovery: RecoveryInfo): void {
  const { state, why } = recovery;
  const name = recoveryName(recovery);
  const because = why === null ? '' : ` ${displayName(capitalized(why))}.`;
  const after = recovery.steps.at(-1)?.after ?? null;
  switch (state) {
    case 'healed': {
      const seen = after === null ? '' : ` Verified: ${displayName(after)}.`;
      tell(app, recovery, 'info', `Fixed ${name}.${seen}`);
      return;
    }
    case 'cleared':
      app.ui.mention(`${name} is well again: it went away by itself`);
      return;
    case 'cancelled':
    case 'undone':
      app.ui.mention(`Cancelled: ${name} is as it was`);
      return;
    case 'approval':
    case 'queued':
    case 'running':
    case 'person':
    case 'rolled-back':
      tell(app, recovery, 'warning', `${name} is not fixed.${because}`);
  }
}

function tell(
  app: App,
  recovery: RecoveryInfo,
  severity: 'info' | 'warning',
  message: string,
): void {
  const actions = [...(recovery.undoable ? ['Undo'] : []), 'Show Recovery'];
  void app.ui.notify(severity, message, actions).then((answer) => {
    if (answer === undefined) return;
    void reportProblems(app, 'recovery', () =>
      answer === 'Undo' ? takeBack(app, recovery) : app.show({ recovery: recovery.id }),
    );
  });
}
