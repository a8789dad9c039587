import type { CodecName } from '../../repository/codec';
import type { TaskType } from '../../support/worker-pool';
import type { RootFilter } from './capture-rules';
import type { FoundFolder } from './folder-listing';

/** Folders of one root to be captured in a worker thread. */
export interface CapturePayload {
  readonly root: string;
  readonly filter: RootFilter;
  readonly codec: CodecName;
  readonly folders: readonly {
    readonly path: string;
    /** What is remembered of it, or null. */
    readonly memory: Uint8Array | null;
  }[];
}

/** What a capturing thread asks. */
export type CaptureQuestion =
  /** Subfolders that were found, before files are read, so that others can go on with them. */
  | { readonly kind: 'found'; readonly folders: readonly FoundFolder[] }
  /** Which of these blobs (binary ids) are new? */
  | { readonly kind: 'claim'; readonly ids: Uint8Array; readonly bytes: number }
  /** Here are the new ones. */
  | {
      readonly kind: 'block';
      readonly codec: number;
      readonly plainLength: number;
      /** The thread's own memory: it goes on with it when this is answered. */
      readonly payload: Uint8Array;
      readonly table: Uint8Array;
      readonly newBytes: number;
    };

/** One byte an id for `claim`, nothing for the others. */
export type CaptureAnswer = Uint8Array | null;

/** What became of a folder. */
export type CapturedFolder = { readonly path: string } & (
  | { readonly kind: 'gone' }
  | { readonly kind: 'nested' }
  | {
      readonly kind: 'excluded';
      readonly reason: 'regenerable' | 'unreadable';
      readonly rule: string;
    }
  /** Its own entries are as remembered. */
  | { readonly kind: 'same' }
  /** Its entries; subfolders stand without their trees. */
  | { readonly kind: 'changed'; readonly memory: Uint8Array }
);

export const captureTask: TaskType<
  CapturePayload,
  CaptureQuestion,
  CaptureAnswer,
  readonly CapturedFolder[]
> = { name: 'capture' };
