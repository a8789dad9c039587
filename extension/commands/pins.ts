import type { ListedSnapshot } from '../../agent/protocol/entities';
import type { App } from '../app';
import { snapshotTitle } from '../snapshot-words';
import { snapshotOf, targetOf } from '../targets';

const NOT_PINNED = {
  only: ({ pinned }: ListedSnapshot) => pinned === null,
  empty: 'Every snapshot here is pinned already.',
};
const PINNED = {
  only: ({ pinned }: ListedSnapshot) => pinned !== null,
  empty: 'No snapshot here is pinned.',
};

/** Pin Snapshot: keeps it until it is unpinned. */
export async function pinSnapshot(app: App, argument: unknown): Promise<void> {
  const target = await targetOf(app, argument, false);
  const snapshot = await snapshotOf(app, target, 'Pin Snapshot', NOT_PINNED);
  if (snapshot === null) return;
  const title = titleOf(app, snapshot);
  const reason = await app.ui.ask({
    title: `Pin Snapshot: ${title}`,
    prompt: 'A pinned snapshot stays until it is unpinned, however little room there is.',
    placeholder: 'Why it is kept (may be left empty)',
  });
  if (reason === null) return;
  const why = reason.trim();
  await app.connection.call('snapshot/pin', {
    snapshot: snapshot.id,
    ...(why === '' ? {} : { reason: why.slice(0, LONGEST_REASON) }),
  });
  app.ui.mention(`Pinned: ${title}`);
}

/** Unpin Snapshot: lets it go when its time is over. */
export async function unpinSnapshot(app: App, argument: unknown): Promise<void> {
  const target = await targetOf(app, argument, false);
  const snapshot = await snapshotOf(app, target, 'Unpin Snapshot', PINNED);
  if (snapshot === null) return;
  await app.connection.call('snapshot/unpin', { snapshot: snapshot.id });
  app.ui.mention(`Unpinned: ${titleOf(app, snapshot)}`);
}

/** As the wire has it. */
const LONGEST_REASON = 200;

function titleOf(app: App, snapshot: ListedSnapshot): string {
  return snapshotTitle(snapshot, app.nameOf(snapshot), app.now());
}
