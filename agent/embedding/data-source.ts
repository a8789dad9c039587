/** One record of a store: bytes, or any JSON. `modifiedAt` is in ms since 1970. */
export type DataRecord =
  | {
      readonly kind: 'bytes';
      /** 1 to 1,024 bytes of UTF-8; each key once. */
      readonly key: string;
      /** At most 1 GiB. */
      readonly bytes: Uint8Array;
      readonly modifiedAt?: number;
    }
  | {
      readonly kind: 'json';
      readonly key: string;
      /** At most 512 KiB as text. */
      readonly json: unknown;
      readonly modifiedAt?: number;
    };

/** What a store is to hold from now on. */
export interface RecordsChange {
  /** `replace`: nothing but `records`. `merge`: what is neither in `records` nor in `remove` stays. */
  readonly mode: 'replace' | 'merge';
  readonly records: readonly DataRecord[];
  /** Keys that go; only with `merge`. */
  readonly remove: readonly string[];
}

/** Why files are to be left alone: they are read, or replaced. */
export interface FreezeRequest {
  /** The same for a freeze and its thaw. */
  readonly freeze: string;
  readonly why: 'backup' | 'restore';
}

/** A folder that is watched, and kept in every state that it was in. */
export interface FolderSource {
  readonly kind: 'folder';
  /** Absolute. */
  readonly path: string;
}

/** Files that belong together, and that you hold still while they are read or replaced. */
export interface FilesSource {
  readonly kind: 'files';
  /** The folder that holds them, absolute. */
  readonly path: string;
  /** Files and folders in it; everything in it where none is named. */
  readonly files?: readonly string[];
  /** How long they can be held still, ms, 100 to 600,000; 30,000 unless given. */
  readonly freezeMs?: number;
  /** Resolves when they are as they should be saved; they stay so for `limitMs`, or until the thaw. */
  freeze(
    request: FreezeRequest & { readonly limitMs: number },
    signal: AbortSignal,
  ): void | Promise<void>;
  /**
   * Follows every freeze, also one that failed.
   * @returns whether nothing was changed since; otherwise it was no backup
   */
  thaw(request: FreezeRequest): boolean | Promise<boolean>;
}

/** Records that need not lie in any file. */
export interface RecordsSource {
  readonly kind: 'records';
  /**
   * All records as they are at the moment of the call: take that moment first. They are taken in
   * pages; a generator is ended (`finally`) also where the backup was given up.
   * @param signal aborted when no more are wanted
   */
  export(signal: AbortSignal): Iterable<DataRecord> | AsyncIterable<DataRecord>;
  /**
   * Takes records back, all or none of them, within 30 s. Without it they can only be restored into a
   * folder.
   */
  import?(change: RecordsChange, signal: AbortSignal): void | Promise<void>;
}

/** What a program has to lose. */
export type DataSource = FolderSource | FilesSource | RecordsSource;
