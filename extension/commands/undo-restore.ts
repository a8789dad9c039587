import type { App } from '../app';
import { count, moment } from '../format';
import { baseName, displayName } from '../names';

/** Undo Last Restore: asks, then goes back to the state before it. */
export async function undoLastRestore(app: App): Promise<void> {
  const last = app.worktrees.lastRestore();
  if (last === null) {
    void app.ui.notify('info', 'There is no restore to undo.', []);
    return;
  }
  const name = displayName(baseName(last.target.replaceAll('\\', '/')));
  const agreed = await app.ui.confirm({
    message: `Undo the restore of ${moment(last.at, app.now())} in ${name}?`,
    detail: `${displayName(last.target)} goes back to the state before that restore. What is there now is saved first.`,
    action: 'Undo Restore',
  });
  if (agreed) await undoRestore(app, last.id, name);
}

/** Undoes one restore, with progress, and says what was done. */
export async function undoRestore(app: App, operation: string, name: string): Promise<void> {
  const result = await app.ui.progress(`Undoing the restore of ${name}`, (onProgress, signal) =>
    app.own.run(() => app.connection.call('restore/undo', { operation }, { signal, onProgress })),
  );
  const items = count(result.restored + result.deleted, 'item');
  app.ui.mention(`Restore undone in ${name}: ${items} as before`);
}
