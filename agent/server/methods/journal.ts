import * as entities from '../../protocol/entities';
import type { JournalEntry, Moment } from '../../protocol/entities';
import type { Handlers } from '../../protocol/handlers';
import type { HardeningManager } from '../../manager/hardening-manager';
import type * as moments from '../../protection/journal/moments';
import type { JournalRecord } from '../../protection/snapshots';
import { shortBranch, summaryOf } from './convert';

type JournalMethods = Pick<Handlers, 'journal/list' | 'journal/moment'>;

const LIST_LIMIT = 50;

/** Answers about moments. */
export function journalMethods({ moments }: HardeningManager): JournalMethods {
  return {
    'journal/list': async ({ path = null, before, after, limit = LIST_LIMIT }) => {
      const { records, next } = await moments.list({ path, before, after, limit });
      return { entries: records.map(entryOf), next };
    },
    'journal/moment': async ({ moment }) =>
      momentOf(
        moment.kind === 'time'
          ? await moments.at(moment.path, moment.at)
          : await moments.before(moment.operation),
      ),
  };
}

function momentOf({ record, from, until }: moments.Moment): Moment {
  return { snapshot: summaryOf(record), from, until };
}

function entryOf(record: JournalRecord): JournalEntry {
  const { sequence, at, changes, counts, seen, why, newBytes, storedBytes } = record;
  return {
    id: entities.snapshotId.parse(record.id),
    sequence,
    source: entities.sourceId.parse(record.source.id),
    worktree: record.source.path,
    at,
    branch: shortBranch(record.git?.branch ?? null),
    head: record.git?.head ?? null,
    changes,
    ...counts,
    seen,
    why,
    newBytes,
    storedBytes,
  };
}
