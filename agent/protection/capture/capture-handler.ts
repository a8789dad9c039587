import { Codecs } from '../../repository/codec';
import { handleTask, type TaskCaller } from '../../support/worker-pool';
import { BlockSink } from './block-sink';
import { captureBuffers, type CaptureBuffers } from './capture-buffers';
import { CaptureRules, rulesVersion } from './capture-rules';
import {
  captureTask,
  type CaptureAnswer,
  type CapturedFolder,
  type CapturePayload,
  type CaptureQuestion,
} from './capture-task';
import { FileReader } from './file-reader';
import { listFolder, type FoundFolder, type ListedFolder } from './folder-listing';
import { decodeMemory, encodeMemory, type RememberedEntry } from './folder-memory';

type CaptureCaller = TaskCaller<CaptureQuestion, CaptureAnswer>;
type CaptureRun = (
  payload: CapturePayload,
  caller: CaptureCaller,
) => Promise<readonly CapturedFolder[]>;

/** Lists folders, reads what changed in them, and hands in what is new, compressed. */
export const captureHandler = handleTask(captureTask, capturing());

/** A thread runs one task at a time, so what its tasks need much memory for is made once. */
function capturing(): CaptureRun {
  const codecs = new Codecs();
  let made: CaptureBuffers | null = null;
  return async (payload, caller) => {
    const buffers = (made ??= captureBuffers());
    const sink = new BlockSink({ codec: payload.codec, codecs, caller, buffers });
    try {
      return await capture(payload, caller, sink, buffers);
    } finally {
      await sink.settled();
    }
  };
}

async function capture(
  payload: CapturePayload,
  caller: CaptureCaller,
  sink: BlockSink,
  buffers: CaptureBuffers,
): Promise<CapturedFolder[]> {
  const rules = new CaptureRules(payload.filter);
  const version = rulesVersion(payload.filter);
  const listed: { path: string; listing: ListedFolder }[] = [];
  const found: FoundFolder[] = [];
  for (const { path, memory } of payload.folders) {
    const remembered = memory === null ? null : decodeMemory(memory);
    const listing = listFolder({ root: payload.root, path, rules, version, remembered });
    listed.push({ path, listing });
    if (listing.kind === 'same' || listing.kind === 'changed') found.push(...listing.folders);
  }
  if (found.length > 0) await caller.ask({ kind: 'found', folders: found });

  const reader = new FileReader(sink, buffers.window);
  const results: CapturedFolder[] = [];
  for (const { path, listing } of listed) {
    if (listing.kind !== 'changed') {
      results.push(plainResult(path, listing));
      continue;
    }
    const entries: RememberedEntry[] = [];
    for (const item of listing.items) {
      const entry = item.kind === 'known' ? item.remembered : await reader.read(item);
      if (entry !== null) entries.push(entry);
    }
    const memory = encodeMemory({ rules: version, ids: null, entries });
    results.push({ path, kind: 'changed', memory });
  }
  await sink.flush();
  return results;
}

function plainResult(
  path: string,
  listing: Exclude<ListedFolder, { kind: 'changed' }>,
): CapturedFolder {
  if (listing.kind === 'excluded')
    return { path, kind: 'excluded', reason: listing.reason, rule: listing.rule };
  return { path, kind: listing.kind };
}
