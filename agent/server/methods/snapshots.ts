import type { Handlers } from '../../protocol/handlers';
import { BulwarkError } from '../../support/errors';
import { displayName } from '../../support/names';
import type { HardeningManager } from '../../manager/hardening-manager';
import { detailsOf, entryOf, keepOf, listedOf, rootEntryOf, summaryOf } from './convert';
import { progressOf } from './reading-progress';

type SnapshotMethods = Pick<
  Handlers,
  | 'snapshot/create'
  | 'snapshot/list'
  | 'snapshot/show'
  | 'snapshot/readFolder'
  | 'snapshot/stat'
  | 'snapshot/readFile'
>;

const LIST_LIMIT = 100;
const EXCLUSIONS_SHOWN = 1000;

/** Answers about snapshots. */
export function snapshotMethods(manager: HardeningManager): SnapshotMethods {
  const { snapshots, protection } = manager;
  return {
    'snapshot/create': async ({ path, label }, context) => {
      const guard = await protection.backedUpOf(path);
      const record = await protection.snapshot(guard, {
        kind: 'manual',
        label: label ?? null,
        signal: context.signal,
        onProgress: progressOf(context),
      });
      return summaryOf(record);
    },
    'snapshot/list': async ({ path, before, limit = LIST_LIMIT }) => {
      const source = path === undefined ? null : (await protection.backedUpOf(path)).source.id;
      const records = await snapshots.list({ source, before, limit: limit + 1 });
      const keep = await keepOf(manager);
      const listed = records.slice(0, limit).map((record) => listedOf(record, keep));
      return { snapshots: listed, more: records.length > limit };
    },
    'snapshot/show': async ({ snapshot, path }) => {
      const record = await snapshots.resolve(snapshot, path);
      const leftOut = await snapshots.leftOut(record, EXCLUSIONS_SHOWN);
      return detailsOf(record, leftOut, await keepOf(manager));
    },
    'snapshot/readFolder': async ({ snapshot, path }) => {
      const record = await snapshots.resolve(snapshot);
      const entries = await snapshots.folder(record, path);
      return { entries: entries.flatMap((item) => entryOf(item) ?? []) };
    },
    'snapshot/stat': async ({ snapshot, path }) => {
      const record = await snapshots.resolve(snapshot);
      if (path === '') return rootEntryOf(record);
      const entry = entryOf(await snapshots.entry(record, path));
      if (entry === null)
        throw new BulwarkError(
          'entry-missing',
          `${displayName(path)} was left out of the snapshot`,
        );
      return entry;
    },
    'snapshot/readFile': async ({ snapshot, path, offset, length }) => {
      const record = await snapshots.resolve(snapshot);
      const { data, size } = await snapshots.readFile(record, path, offset, length);
      return { data: data.toString('base64'), size };
    },
  };
}
