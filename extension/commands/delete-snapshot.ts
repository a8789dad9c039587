import * as vscode from 'vscode';
import type { ListedSnapshot } from '../../agent/protocol/entities';
import { reasonOf } from '../agent-error';
import type { App } from '../app';
import { byteSize, capitalized, count } from '../format';
import { displayName } from '../names';
import { snapshotTitle } from '../snapshot-words';
import { snapshotOf, targetOf } from '../targets';
import { TreeNode } from '../tree-node';

const ANY = { only: () => true, empty: 'There is no snapshot of it.' };
const FOR_GOOD = 'It cannot be brought back. Space that nothing else needs is given back later.';

/** So many are named in the question. */
const NAMED = 10;

/**
 * Delete Snapshot…: says what it would mean, asks, and deletes it for good, or all that are selected.
 * A pinned one is refused.
 */
export async function deleteSnapshot(
  app: App,
  argument: unknown,
  selection: readonly unknown[],
): Promise<void> {
  const selected = selection.flatMap((row) =>
    row instanceof TreeNode && row.value.kind === 'snapshot' ? [row.value.snapshot] : [],
  );
  if (selected.length > 1) {
    await deleteSeveral(app, selected);
    return;
  }
  const target = await targetOf(app, argument, false);
  const snapshot = await snapshotOf(app, target, 'Delete Snapshot', ANY);
  if (snapshot === null) return;
  const title = snapshotTitle(snapshot, app.nameOf(snapshot), app.now());
  try {
    await planAndDelete(app, snapshot, title);
  } catch (error) {
    if (reasonOf(error) !== 'snapshot-pinned') throw error;
    await refuse(app, snapshot, title);
  }
}

async function planAndDelete(app: App, snapshot: ListedSnapshot, title: string): Promise<void> {
  const { call } = app.connection;
  const { snapshots, notes } = await call('snapshot/planDelete', { snapshots: [snapshot.id] });
  const ids = snapshots.map(({ id }) => id);
  const agreed = await app.ui.confirm({
    message: `Delete the snapshot of ${title}?`,
    detail: [
      `It holds ${count(snapshot.files, 'file')}, ${byteSize(snapshot.bytes)}.`,
      // Of one snapshot, so that its id says nothing.
      ...notes.map((note) =>
        capitalized(displayName(note.replaceAll(snapshot.id.slice(0, 10), 'it'))),
      ),
      FOR_GOOD,
    ].join('\n\n'),
    action: 'Delete',
  });
  if (!agreed) return;
  await call('snapshot/delete', { snapshots: ids });
  app.ui.mention(`Deleted: ${title}`);
}

async function deleteSeveral(app: App, selected: readonly ListedSnapshot[]): Promise<void> {
  const free = selected.filter(({ pinned }) => pinned === null);
  const pinned = selected.length - free.length;
  if (free.length === 0) {
    void app.ui.notify('warning', 'Not deleted: all of them are pinned. Unpin them first.', []);
    return;
  }
  const { call } = app.connection;
  const { snapshots, notes } = await call('snapshot/planDelete', {
    snapshots: free.map(({ id }) => id),
  });
  const titles = free.map((one) => snapshotTitle(one, app.nameOf(one), app.now()));
  const agreed = await app.ui.confirm({
    message: `Delete ${count(free.length, 'snapshot')}?`,
    detail: [
      [
        ...titles.slice(0, NAMED),
        ...(titles.length > NAMED ? [`and ${String(titles.length - NAMED)} more`] : []),
      ].join('\n'),
      ...(pinned > 0 ? [`${count(pinned, 'pinned one')} of those selected will stay.`] : []),
      ...notes.map((note) => capitalized(displayName(note))),
      'They cannot be brought back. Space that nothing else needs is given back later.',
    ].join('\n\n'),
    action: 'Delete',
  });
  if (!agreed) return;
  await call('snapshot/delete', { snapshots: snapshots.map(({ id }) => id) });
  app.ui.mention(`Deleted: ${count(snapshots.length, 'snapshot')}`);
}

async function refuse(app: App, { id, pinned }: ListedSnapshot, title: string): Promise<void> {
  const why = pinned === null ? '' : ` (${displayName(pinned)})`;
  const message = `Not deleted: the snapshot of ${title} is pinned${why}. Unpin it first.`;
  const answer = await app.ui.notify('warning', message, ['Unpin Snapshot']);
  if (answer === undefined) return;
  if (!vscode.workspace.isTrusted) return;
  await app.connection.call('snapshot/unpin', { snapshot: id });
  app.ui.mention(`Unpinned: ${title}`);
}
