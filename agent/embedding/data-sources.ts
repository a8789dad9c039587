import type * as internal from '../protection/sources/data-source';
import { BulwarkError } from '../support/errors';
import type { DataSource, FilesSource, RecordsSource } from './data-source';
import type { Owner } from './owner';
import { RecordsExport } from './records-export';
import { RecordsImport } from './records-import';

const FREEZE_MS = 30_000;
const FREEZE_LIMITS = { least: 100, most: 600_000 };

/**
 * A source of the program that all of this runs in, as the protection asks it.
 * @throws BulwarkError `source-refused` for a `freezeMs` out of its range
 */
export function servedHere(owner: Owner, source: DataSource): internal.DataSource {
  switch (source.kind) {
    case 'folder':
      return { kind: 'folder', path: source.path, owner: owner.id };
    case 'files': {
      const { path, files = [], freezeMs = FREEZE_MS } = source;
      if (!(freezeMs >= FREEZE_LIMITS.least && freezeMs <= FREEZE_LIMITS.most))
        throw new BulwarkError('source-refused', `freezeMs cannot be ${String(freezeMs)}`, {
          hint: 'Give 100 to 600,000 ms.',
        });
      return { kind: 'files', path, files, freezeMs, program: filesProgram(owner, source) };
    }
    case 'records':
      return { kind: 'records', program: recordsProgram(owner, source) };
  }
}

function filesProgram(owner: Owner, source: FilesSource): internal.FilesProgram {
  return {
    owner: owner.id,
    name: owner.name,
    gone: owner.gone,
    freeze: async (request, signal) => {
      await source.freeze(request, signal);
    },
    thaw: async (request) => ({ held: await source.thaw(request) }),
  };
}

function recordsProgram(owner: Owner, source: RecordsSource): internal.RecordsProgram {
  const exports = new RecordsExport(source);
  return {
    owner: owner.id,
    name: owner.name,
    gone: owner.gone,
    pull: (call) => exports.pull(call),
    endPull: ({ pull }) => exports.end(pull),
    restore: source.import === undefined ? null : new RecordsImport(source),
  };
}
