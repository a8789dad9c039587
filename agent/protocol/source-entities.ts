import { z } from 'zod';
import { pathText, snapshotId, sourceId, timestamp, treePath } from './entities';
import { absolutePath } from './path-entities';

/** The name that a program gives its data source. */
export const sourceName = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/)
  .describe('up to 64 letters, digits, ".", "_" and "-"');

/** Names one record of a source. */
export const dataKey = z
  .string()
  .min(1)
  .max(1024)
  .describe('names a record; invalid UTF-8 bytes as U+DCXX');

const modifiedAt = timestamp.optional().describe('shown as the time of the record');

/** One record of a data source. */
export const dataRecord = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('bytes'),
    key: dataKey,
    bytes: z.base64().max(700_000).describe('base64'),
    more: z.boolean().optional().describe('the record that follows has the same key and the rest'),
    modifiedAt,
  }),
  z.object({
    kind: z.literal('json'),
    key: dataKey,
    json: z
      .unknown()
      .refine((value): boolean => value !== undefined, 'is missing')
      .describe('any JSON'),
    modifiedAt,
  }),
]);
export type DataRecord = z.infer<typeof dataRecord>;

/** What a program registers. */
export const dataSource = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('folder').describe('watched and kept like any folder'),
    path: absolutePath,
  }),
  z.object({
    kind: z.literal('files').describe('read only between a freeze and a thaw'),
    path: absolutePath.describe('the folder that holds them'),
    files: z
      .array(treePath.min(1))
      .max(1000)
      .optional()
      .describe('files and folders in it; everything in it without this'),
    freezeMs: z
      .int()
      .min(100)
      .max(600_000)
      .optional()
      .describe('how long it can stay frozen, ms; 30000 unless told'),
  }),
  z.object({
    kind: z.literal('records').describe('pulled in pages, and pushed back in pages'),
    restores: z.boolean().describe('whether the program answers the calls of a restore'),
  }),
]);

const state = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('ready').describe('its program is connected') }),
  z.object({ kind: z.literal('capturing') }),
  z.object({
    kind: z.literal('waiting').describe('its program is not connected: no backup can be taken'),
  }),
  z.object({ kind: z.literal('never').describe('no backup yet') }),
  z.object({ kind: z.literal('failing'), message: z.string() }),
  z.object({ kind: z.literal('current').describe('a folder: the newest snapshot has it all') }),
  z.object({ kind: z.literal('pending').describe('a folder: changes wait to settle') }),
]);

/** A registered data source. */
export const dataSourceInfo = z.object({
  name: sourceName,
  source: sourceId,
  kind: z.enum(['folder', 'files', 'records']),
  path: pathText.describe('where it lies; `source:NAME` for records. Names it in other requests'),
  files: z.array(treePath).describe('of a set of files; empty for everything in `path`'),
  state,
  program: z.string().nullable().describe('the client that serves it; null for none'),
  lastSnapshot: z.object({ id: snapshotId, createdAt: timestamp }).nullable(),
  snapshots: z.int().nonnegative(),
});
export type DataSourceInfo = z.infer<typeof dataSourceInfo>;
