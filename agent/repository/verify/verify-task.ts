import { fileError, errnoOf } from '../../support/errors';
import { releaser } from '../../support/release-memory';
import { handleTask, type TaskHandler, type TaskType } from '../../support/worker-pool';
import { Codecs } from '../packs/codec';
import { verifyPack, type PackFindings } from './verify-pack';

/** A pack for a worker thread to read. */
export interface PackToVerify {
  readonly path: string;
  readonly packId: string;
  readonly key: Uint8Array;
  /** Bytes that the catalog says are committed; 0 where it does not know the pack. */
  readonly covered: number;
  /** From the disk itself where that can be had, not from the system's memory of the file. */
  readonly direct: boolean;
}

/** Reads one pack; asks with the bytes it has read since it last asked. */
export const verifyPackTask: TaskType<PackToVerify, number, null, PackFindings> = {
  name: 'verify-pack',
};

/** After so much of a pack all of a thread's memory is looked through, bytes; after each window what is new. */
const LOOK_THROUGH_BYTES = 16 * 1024 * 1024;

/** What gives back the memory of blocks that were looked at; made in the thread that needs it. */
let release: ((bytes: number) => void) | null = null;

function releasing(): (bytes: number) => void {
  const [often, seldom] = [releaser('minor'), releaser('major')];
  let since = 0;
  return (bytes) => {
    since += bytes;
    if (since < LOOK_THROUGH_BYTES) {
      often();
      return;
    }
    since = 0;
    seldom();
  };
}

/** The worker's side of {@link verifyPackTask}. A pack that the disk does not give is a finding. */
export const verifyHandler: TaskHandler<PackToVerify, number, null, PackFindings> = handleTask(
  verifyPackTask,
  async (pack, caller) => {
    const giveBack = (release ??= releasing());
    try {
      return await verifyPack(pack, new Codecs(), async (bytes) => {
        giveBack(bytes);
        await caller.ask(bytes);
      });
    } catch (error) {
      const failed = errnoOf(error);
      if (failed === undefined) throw error;
      const { message } = fileError(error, pack.path);
      const faults = [{ what: 'pack' as const, offset: null, id: null, message }];
      const rows = Buffer.alloc(0);
      const nothing = { records: [], sealed: false, tail: null, bytes: 0, badBytes: 0 };
      return { rows, faults, failed, ...nothing };
    }
  },
);
