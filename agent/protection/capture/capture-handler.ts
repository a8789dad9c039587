import { Codecs } from '../../repository/packs/codec';
import { totalsOf } from '../../repository/tree';
import { releaser } from '../../support/release-memory';
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
  type FolderOutcome,
} from './capture-task';
import { FileReader } from './file-reader';
import { listFolder, type FoundFolder, type ListedFolder } from './folder-listing';
import { decodeMemory, encodeMemory, sealFolder, type RememberedEntry } from './folder-memory';

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
  const release = releaser('minor');
  let made: CaptureBuffers | null = null;
  return async (payload, caller) => {
    const buffers = (made ??= captureBuffers());
    const sink = new BlockSink({ codec: payload.codec, codecs, caller, buffers, release });
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
  const reader = new FileReader(sink, buffers.window);
  let captured: CapturedFolder[] = [];
  let { folders } = payload;
  while (folders.length > 0) {
    const listed: { path: string; listing: ListedFolder }[] = [];
    const found: FoundFolder[] = [];
    for (const { path, memory, names } of folders) {
      const remembered = memory === null ? null : decodeMemory(memory);
      const listing = listFolder({ root: payload.root, path, rules, version, remembered, names });
      listed.push({ path, listing });
      if (listing.kind === 'same' || listing.kind === 'changed') found.push(...listing.folders);
    }
    // The answer comes while files are read.
    const next = caller.ask({ kind: 'next', found, captured }, buffersOf(captured));
    next.catch(() => undefined);
    captured = [];
    for (const { path, listing } of listed) {
      if (listing.kind !== 'changed') {
        captured.push(plainResult(path, listing));
        continue;
      }
      const entries: RememberedEntry[] = [];
      for (const item of listing.items) {
        const entry = item.kind === 'known' ? item.remembered : await reader.read(item);
        if (entry !== null) entries.push(entry);
      }
      captured.push({ path, ...changedFolder(version, entries) });
    }
    const answer = await next;
    folders = answer.kind === 'folders' ? answer.folders : [];
  }
  await sink.flush();
  return captured;
}

function changedFolder(rules: number, entries: readonly RememberedEntry[]): FolderOutcome {
  if (entries.some(({ entry }) => entry.kind === 'folder'))
    return { kind: 'changed', memory: owned(encodeMemory({ rules, ids: null, entries })) };
  const { tree, times, memory } = sealFolder(rules, entries);
  return {
    kind: 'sealed',
    tree: owned(tree),
    times: owned(times),
    memory: owned(memory),
    totals: totalsOf(entries.map(({ entry }) => entry)),
  };
}

/** A copy in memory of its own, which travels alone: a small buffer shares its memory with others. */
function owned(bytes: Buffer): Uint8Array<ArrayBuffer> {
  return new Uint8Array(bytes);
}

function buffersOf(captured: readonly CapturedFolder[]): ArrayBuffer[] {
  return captured.flatMap((folder) => {
    if (folder.kind === 'changed') return [folder.memory.buffer];
    if (folder.kind !== 'sealed') return [];
    return [folder.tree.buffer, folder.times.buffer, folder.memory.buffer];
  });
}

function plainResult(
  path: string,
  listing: Exclude<ListedFolder, { kind: 'changed' }>,
): CapturedFolder {
  if (listing.kind === 'excluded')
    return { path, kind: 'excluded', reason: listing.reason, rule: listing.rule };
  return { path, kind: listing.kind };
}
