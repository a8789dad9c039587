import type { App } from '../app';
import { byteSize, count } from '../format';
import { displayName } from '../names';
import { targetOf, worktreeOf } from '../targets';

/** Snapshot Now: takes a snapshot of one worktree. */
export async function snapshotNow(app: App, argument: unknown): Promise<void> {
  const target = await targetOf(app, argument, false);
  const worktree = await worktreeOf(app, target, 'Snapshot Now');
  if (worktree === null) return;
  const name = displayName(worktree.name);
  const snapshot = await app.ui.progress(`Taking a snapshot of ${name}`, (onProgress, signal) =>
    app.connection.call('snapshot/create', { path: worktree.path }, { signal, onProgress }),
  );
  const size = snapshot.newBytes === 0 ? 'nothing new' : `${byteSize(snapshot.newBytes)} new`;
  app.ui.mention(`Snapshot of ${name} taken: ${count(snapshot.files, 'file')}, ${size}`);
}
