import { z } from 'zod';
import type { MethodSpec } from './method-spec';
import { dataSource, dataSourceInfo, sourceName } from './source-entities';

/** Requests about the data sources of programs. */
export const SOURCE_METHODS = {
  'data-source/register': {
    summary:
      'Have something of this program backed up. Sent again after each connect; the first backup follows by itself. Where a method takes a path, `source:NAME` names the source.',
    params: z.object({ name: sourceName, source: dataSource }),
    result: dataSourceInfo,
    progress: false,
    mutates: true,
  },
  'data-source/unregister': {
    summary: 'No more backups of a source. Its snapshots stay.',
    params: z.object({ name: sourceName }),
    result: z.object({}),
    progress: false,
    mutates: true,
  },
  'data-source/list': {
    summary: 'The registered data sources, by name.',
    params: z.object({}),
    result: z.object({ sources: z.array(dataSourceInfo) }),
    progress: false,
    mutates: false,
  },
} as const satisfies Record<string, MethodSpec>;
