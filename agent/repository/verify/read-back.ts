import { BulwarkError, errnoOf, fileError } from '../../support/errors';
import { handleTask, type TaskHandler, type TaskType } from '../../support/worker-pool';
import { hashBytes } from '../blob-id';
import { listTable, tableOf } from '../packs/block';
import { Codecs } from '../packs/codec';
import { DiskFile } from '../packs/disk-file';
import { FRAME_HEADER_BYTES, frameLength, openFrame, parseFrameHeader } from '../packs/frame';

/** Frames to be read back: those that begin in a part of a pack. */
export interface FramesToReadBack {
  readonly path: string;
  readonly key: Uint8Array;
  /** Where the first begins and where the last ends, bytes. */
  readonly from: number;
  readonly to: number;
}

/** How far frames were found as they were written. */
export interface ReadBack {
  /** Up to here all is right, bytes. */
  readonly end: number;
  /** What is wrong with the frame that begins there. */
  readonly fault: string | null;
}

/** So much is read at most, that a thread is soon free again for a capture. */
const STEP_BYTES = 8 * 1024 * 1024;

/** Reads frames back from the disk, a few megabytes at a time. */
export const readBackTask: TaskType<FramesToReadBack, never, null, ReadBack> = {
  name: 'read-back',
};

/** The worker's side of {@link readBackTask}. */
export const readBackHandler: TaskHandler<FramesToReadBack, never, null, ReadBack> = handleTask(
  readBackTask,
  (part) => Promise.resolve(readBack(part)),
);

function readBack({ path, key, from, to }: FramesToReadBack): ReadBack {
  let file: DiskFile;
  try {
    file = new DiskFile(path, { direct: true });
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return { end: from, fault: fileError(error, path).message };
  }
  const codecs = new Codecs();
  let at = from;
  try {
    while (at < to && at - from < STEP_BYTES) at += checkFrame(file, key, codecs, at);
    return { end: at, fault: null };
  } catch (error) {
    if (error instanceof BulwarkError && error.reason === 'pack-damaged')
      return { end: at, fault: error.message };
    throw error;
  } finally {
    file.close();
  }
}

/** @returns length of the frame, bytes. @throws BulwarkError `pack-damaged` */
function checkFrame(file: DiskFile, key: Uint8Array, codecs: Codecs, at: number): number {
  const header = parseFrameHeader(file.at(at, FRAME_HEADER_BYTES));
  if (header === null) throw new BulwarkError('pack-damaged', 'no frame begins here');
  const length = frameLength(header);
  const stored = openFrame(key, header, file.at(at, length));
  const plain = codecs.decode(header.codec, stored, header.plainLength);
  if (header.type !== 'block') return length;
  for (const { id, offset, length: bytes } of listTable(tableOf(plain)))
    if (!hashBytes(plain.subarray(offset, offset + bytes)).equals(id))
      throw new BulwarkError('pack-damaged', 'a blob has other bytes than its id says');
  return length;
}
