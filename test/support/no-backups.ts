import type { BackupMethods } from '../../agent/server/methods/backups';
import type { SourceMethods } from '../../agent/server/methods/data-sources';
import { BulwarkError } from '../../agent/support/errors';

const refuse = (): Promise<never> =>
  Promise.reject(new BulwarkError('internal', 'this agent has no such thing'));

/** For agents of tests in which no program has data. */
export const NO_SOURCES: SourceMethods = {
  'data-source/register': refuse,
  'data-source/unregister': refuse,
  'data-source/list': () => Promise.resolve({ sources: [] }),
};

/** For agents of tests in which nobody asks about kinds of backups and about what is kept. */
export const NO_BACKUPS: BackupMethods = {
  'backup/run': refuse,
  'backup/schedule': refuse,
  'snapshot/pin': refuse,
  'snapshot/unpin': refuse,
  'snapshot/planDelete': refuse,
  'snapshot/delete': refuse,
  'store/collectGarbage': refuse,
};
