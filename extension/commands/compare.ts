import * as vscode from 'vscode';
import type { SnapshotSummary, WorktreeInfo } from '../../agent/protocol/entities';
import type { App } from '../app';
import { displayName } from '../names';
import { pickSnapshot, pickVersion } from '../pickers';
import { targetOf, worktreeOf } from '../targets';

const TITLE = 'Compare with Snapshot';
const STEP = { title: TITLE, number: [1, 1], canGoBack: false } as const;

/** Compare with Snapshot: a file, a folder or a whole worktree as it was beside what it is now. */
export async function compareWithSnapshot(app: App, argument: unknown): Promise<void> {
  const target = await targetOf(app, argument, true);
  switch (target.kind) {
    case 'snapshot':
      await compareAll(app, target.snapshot, '');
      return;
    case 'entry': {
      const { snapshot, path } = target;
      const file = app.places.onDisk(snapshot.worktree, path);
      await app.diffs.compareFile(snapshot, path, file === null ? null : vscode.Uri.file(file));
      return;
    }
    case 'place': {
      const { worktree, path } = target.place;
      if (path === '' || (await isFolder(target.uri))) await compareFolder(app, worktree, path);
      else await compareFile(app, worktree, path, target.uri);
      return;
    }
    case 'worktree':
    case 'nothing': {
      const worktree = await worktreeOf(app, target, TITLE);
      if (worktree !== null) await compareFolder(app, worktree, '');
    }
  }
}

async function compareFile(
  app: App,
  worktree: WorktreeInfo,
  path: string,
  file: vscode.Uri,
): Promise<void> {
  const { call } = app.connection;
  const picked = await pickVersion({ ...app, call }, STEP, { worktree, path }, false);
  if (picked.kind !== 'chosen') return;
  if (picked.value.kind === 'more') {
    await app.lists.loadMore(worktree);
    await compareFile(app, worktree, path, file);
  } else if (picked.value.kind === 'version') {
    const snapshot = await call('snapshot/show', { snapshot: picked.value.version.id });
    await app.diffs.compareFile(snapshot, path, file);
  }
}

async function compareFolder(app: App, worktree: WorktreeInfo, path: string): Promise<void> {
  const picked = await pickSnapshot(app, STEP, worktree);
  if (picked.kind !== 'chosen') return;
  if (picked.value === 'more') {
    await app.lists.loadMore(worktree);
    await compareFolder(app, worktree, path);
  } else await compareAll(app, picked.value, path);
}

/** `folder` is a path in the snapshot; `""` compares everything. */
async function compareAll(app: App, snapshot: SnapshotSummary, folder: string): Promise<void> {
  const name = app.nameOf(snapshot);
  const { changes, total } = await app.ui.progress(
    `Comparing ${displayName(name)} with the snapshot`,
    (onProgress, signal) =>
      app.connection.call(
        'snapshot/diff',
        { snapshot: snapshot.id, to: { kind: 'worktree' } },
        { signal, onProgress },
      ),
  );
  const inside = changes.filter((change) => folder === '' || change.path.startsWith(`${folder}/`));
  if (inside.length === 0) {
    void app.ui.notify('info', `${displayName(name)} has not changed since this snapshot.`, []);
    return;
  }
  const unlisted = folder === '' ? total - changes.length : 0;
  await app.diffs.compareAll(snapshot, name, inside, inside.length + unlisted);
}

async function isFolder(uri: vscode.Uri): Promise<boolean> {
  return Promise.resolve(vscode.workspace.fs.stat(uri)).then(
    (stat) => (stat.type & vscode.FileType.Directory) !== 0,
    () => false,
  );
}
