import { z } from 'zod';

/** What a file held or will hold, enough to read it back and compare. */
const content = z.object({ size: z.number(), id: z.string().nullable(), chunked: z.boolean() });
export type Content = z.infer<typeof content>;

/** What a replaced entry held: a file's content, or where a link led. */
const held = z.union([content, z.object({ target: z.string() })]);
export type Held = z.infer<typeof held>;

/** The area's folder in the list of areas. */
const area = z.int().nonnegative();
/** Number of the staged entry (`new/<number>`) and of what it replaced (`trash/<number>`). */
const number = z.int().nonnegative();
const path = z.string();

/**
 * One move of a restore. Each can be done again, and taken back, whatever part
 * of it a crash left done: what is still in the staging folder is not in place yet.
 */
const move = z.discriminatedUnion('kind', [
  /** A file or link goes to the trash. */
  z.object({ kind: z.literal('remove'), area, number, path, was: held.nullable() }),
  z.object({ kind: z.literal('remove-folder'), area, path, mode: z.number() }),
  /** A staged entry goes to its place; a folder with all that is in it. */
  z.object({
    kind: z.literal('put'),
    area,
    number,
    path,
    entry: z.enum(['file', 'folder', 'link']),
    /** What is replaced; null where nothing is expected. */
    was: held.nullable(),
    /** Never a moment without the file: for git's own. */
    atomic: z.boolean(),
  }),
  z.object({
    kind: z.literal('mode'),
    area,
    path,
    mode: z.number(),
    oldMode: z.number(),
  }),
  /** Permission bits and time (seconds since 1970) of a folder after all else. */
  z.object({
    kind: z.literal('finish'),
    area,
    path,
    mode: z.number().nullable(),
    oldMode: z.number().nullable(),
    mtime: z.number().nullable(),
  }),
  z.object({
    kind: z.literal('ref'),
    gitDir: z.string(),
    ref: z.string(),
    from: z.string().nullable(),
    /** Null to go back to a branch without a commit. */
    to: z.string().nullable(),
  }),
  /** A stash that was dropped is added to those that are there. */
  z.object({
    kind: z.literal('stash'),
    gitDir: z.string(),
    commit: z.string(),
    message: z.string(),
  }),
  /** `from` and `to` are a commit or `ref: refs/…`; `from` is null where there was no HEAD. */
  z.object({
    kind: z.literal('head'),
    gitDir: z.string(),
    from: z.string().nullable(),
    to: z.string(),
  }),
]);
export type Move = z.infer<typeof move>;

/** A folder that is written to, and where its new content is staged: on the same file system. */
const areaPlace = z.object({ root: z.string(), staging: z.string() });
export type AreaPlace = z.infer<typeof areaPlace>;

/** What a restore that is under way keeps on disk, so that the next start can end it whole. */
export const restoreRecord = z.object({
  version: z.literal(1),
  id: z.string().regex(/^[0-9a-f]{32}$/),
  phase: z.enum(['staging', 'applying', 'reverting']),
  areas: z.array(areaPlace),
  moves: z.array(move),
  /** Lock files of git that this restore made. */
  locks: z.array(z.string()),
  /** Folders that were made to hold the target, the outermost first. */
  made: z.array(z.string()),
  operation: z.object({
    kind: z.enum(['restore', 'undo']),
    snapshot: z.string(),
    target: z.string(),
    undo: z.string().nullable(),
    undoes: z.string().nullable(),
    paths: z.array(z.string()).nullable(),
    withGitState: z.boolean(),
    restored: z.number(),
    deleted: z.number(),
  }),
});
export type RestoreRecord = z.infer<typeof restoreRecord>;
