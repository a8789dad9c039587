import type { CodecName } from '../../repository/packs/codec';
import type { Totals } from '../../repository/tree';
import type { TaskType } from '../../support/worker-pool';
import type { RootFilter } from './capture-rules';
import type { FoundFolder } from './folder-listing';

/** A folder to be looked at. */
export interface FolderToCapture {
  readonly path: string;
  /** What is remembered of it, or null. */
  readonly memory: Uint8Array | null;
  /** The entries that changed, came or went; null for whoever looks at all of them. */
  readonly names: readonly string[] | null;
}

/** Folders of one root for a worker thread: these first, then those that it asks for. */
export interface CapturePayload {
  readonly root: string;
  readonly filter: RootFilter;
  readonly codec: CodecName;
  readonly folders: readonly FolderToCapture[];
}

/** What a capturing thread asks. */
export type CaptureQuestion =
  /** Which folders come next? Asked, with what is known by then, before files are read. */
  | {
      readonly kind: 'next';
      /** Subfolders of the folders that were given last. */
      readonly found: readonly FoundFolder[];
      readonly captured: readonly CapturedFolder[];
    }
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

/** The answers, in the order of the questions. */
export type CaptureAnswer =
  /** None: there is nothing left to do. */
  | { readonly kind: 'folders'; readonly folders: readonly FolderToCapture[] }
  /** One byte an id: 1 for a blob that is to be handed in. */
  | { readonly kind: 'wanted'; readonly wanted: Uint8Array }
  | { readonly kind: 'taken' };

/** Bytes that travel to the main thread without being copied. */
type Owned = Uint8Array<ArrayBuffer>;

/** What became of a folder. */
export type FolderOutcome =
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
  | { readonly kind: 'changed'; readonly memory: Owned }
  /** A changed folder without subfolders: nothing is left to be put together. */
  | {
      readonly kind: 'sealed';
      readonly tree: Owned;
      readonly times: Owned;
      readonly memory: Owned;
      readonly totals: Totals;
    };
export type CapturedFolder = { readonly path: string } & FolderOutcome;

export const captureTask: TaskType<
  CapturePayload,
  CaptureQuestion,
  CaptureAnswer,
  readonly CapturedFolder[]
> = { name: 'capture' };
