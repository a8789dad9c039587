/** Why files are to be left alone: they are read, or replaced. */
export type FreezeReason = 'backup' | 'restore';

/** The program of a source, as long as it is there. */
export interface Program {
  /** Tells it from others; one program has a source at a time. */
  readonly owner: string;
  /** What it calls itself. */
  readonly name: string;
  /** Aborted when it is gone for good; what it registers afterwards is another program. */
  readonly gone: AbortSignal;
}

/** How a set of files is brought into the state of one moment. */
export interface FilesProgram extends Program {
  /** Resolves when the files are as they should be saved, and stay so for `limitMs` or until the thaw. */
  freeze(
    call: { readonly freeze: string; readonly why: FreezeReason; readonly limitMs: number },
    signal: AbortSignal,
  ): Promise<void>;
  /**
   * Always follows a freeze, also one that failed, was given up, or never got there.
   * @returns whether nothing was changed since the freeze
   */
  thaw(
    call: { readonly freeze: string; readonly why: FreezeReason },
    signal: AbortSignal,
  ): Promise<{ readonly held: boolean }>;
}

/** One record, or a part of a large one. */
export interface DataRecord {
  /** Text; bytes that are no UTF-8 as in names of files. */
  readonly key: string;
  readonly value:
    /** `more`: the record that follows has the same key, and goes on with its bytes. */
    | { readonly kind: 'bytes'; readonly bytes: Buffer; readonly more: boolean }
    | { readonly kind: 'json'; readonly json: unknown };
  /** Ms since 1970; null where the program does not know. */
  readonly modifiedAt: number | null;
}

export interface RecordPage {
  readonly records: readonly DataRecord[];
  /** Where the next page begins; null at the end. */
  readonly next: string | null;
}

/** How records come from a program, and back. */
export interface RecordsProgram extends Program {
  /** A page; all pages of one pull are of one moment. */
  pull(
    call: {
      readonly pull: string;
      /** Null for the first page. */
      readonly cursor: string | null;
      readonly maxRecords: number;
      /** Bytes of the values of one page. */
      readonly maxBytes: number;
    },
    signal: AbortSignal,
  ): Promise<RecordPage>;
  /** No more pages are wanted. Follows every pull. */
  endPull(
    call: { readonly pull: string; readonly complete: boolean },
    signal: AbortSignal,
  ): Promise<void>;
  /** Null for a program that can only be backed up: its records go back into a folder. */
  readonly restore: RecordsRestoreProgram | null;
}

/** How a program takes records back, all of them or none. */
export interface RecordsRestoreProgram {
  begin(
    call: {
      readonly restore: string;
      /** `replace`: what does not come goes. `merge`: everything else stays. */
      readonly mode: 'replace' | 'merge';
      readonly records: number;
    },
    signal: AbortSignal,
  ): Promise<void>;
  write(
    call: {
      readonly restore: string;
      readonly records: readonly DataRecord[];
      readonly remove: readonly string[];
    },
    signal: AbortSignal,
  ): Promise<void>;
  commit(call: { readonly restore: string }, signal: AbortSignal): Promise<void>;
  abort(call: { readonly restore: string }, signal: AbortSignal): Promise<void>;
}

/** What a program has backed up. */
export type DataSource =
  /** Watched and kept like any folder. */
  | { readonly kind: 'folder'; readonly path: string; readonly owner: string }
  /** Read only between a freeze and a thaw. */
  | {
      readonly kind: 'files';
      /** The folder that holds them, absolute. */
      readonly path: string;
      /** Paths in it; everything in it where none is named. */
      readonly files: readonly string[];
      /** How long the program can hold them still, ms. */
      readonly freezeMs: number;
      readonly program: FilesProgram;
    }
  /** Pulled in pages, and pushed back in pages. */
  | { readonly kind: 'records'; readonly program: RecordsProgram };

/** How a registered source is doing. */
export type DataSourceState =
  | { readonly kind: 'ready' | 'capturing' | 'never' | 'current' | 'pending' }
  /** Its program is not there, so no backup can be taken. */
  | { readonly kind: 'waiting' }
  | { readonly kind: 'failing'; readonly message: string };

/** How long a program has for an answer, and what it may send. */
export interface DataSourceLimits {
  /** For each call but a thaw, ms. */
  readonly answerMs: number;
  /** For a thaw; what it holds up is the program's own work, ms. */
  readonly thawMs: number;
  /** For all pages of a pull, ms. */
  readonly pullMs: number;
  /** Records of one page. */
  readonly pageRecords: number;
  /** Bytes of the values of one page. */
  readonly pageBytes: number;
  /** Records of one source. */
  readonly records: number;
  /** Bytes of one record, of all its parts. */
  readonly recordBytes: number;
  /** Sources of one program. */
  readonly sourcesOfProgram: number;
  /** Sources in all. */
  readonly sources: number;
}

export const DEFAULT_SOURCE_LIMITS: DataSourceLimits = {
  answerMs: 30_000,
  thawMs: 30_000,
  pullMs: 10 * 60_000,
  pageRecords: 1000,
  // As base64 it fits into one message to the agent, with room for keys and quotes.
  pageBytes: 512 * 1024,
  records: 1_000_000,
  recordBytes: 1024 * 1024 * 1024,
  sourcesOfProgram: 64,
  sources: 256,
};
