import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Capturer, type CaptureRequest } from '../../../agent/protection/capture/capturer';
import { folderSource } from '../../../agent/protection/source';
import { filesRoot } from '../../../agent/protection/snapshots';
import { decodeTimes, decodeTree, type TreeEntry } from '../../../agent/repository/tree';
import { parseBlobId, type BlobId } from '../../../agent/repository/blob-id';
import type { SnapshotRecord } from '../../../agent/repository/record';
import { Repository } from '../../../agent/repository/repository';
import { systemClock } from '../../../agent/support/clock';
import { silentLog } from '../../../agent/support/log';
import { WorkerPool } from '../../../agent/support/worker-pool';
import type { Extent } from '../../../agent/worktrees/change-set';

/** The program that worker threads run. */
const AGENT_SCRIPT = resolve(__dirname, '../../../agent/main.js');

/** Two worker threads of the real program. */
export function startWorkers(): WorkerPool {
  return new WorkerPool({ script: AGENT_SCRIPT, size: 2 });
}

/** An entry of a snapshot, flat: its path, what it is, and its content. */
export interface FlatEntry {
  readonly kind: TreeEntry['kind'];
  readonly mode: number | null;
  readonly mtime: bigint;
  readonly content: string | null;
}

/** A store, worker threads and a folder to capture, in one temporary folder. */
export class CaptureBench {
  readonly tree: string;
  readonly repository: Repository;
  readonly nested: string[] = [];
  readonly #folder: string;
  readonly #pool: WorkerPool;
  readonly #ownsPool: boolean;
  readonly capturer: Capturer;

  private constructor(folder: string, repository: Repository, pool: WorkerPool | null) {
    this.#folder = folder;
    this.tree = join(folder, 'tree');
    this.repository = repository;
    this.#ownsPool = pool === null;
    this.#pool = pool ?? startWorkers();
    this.capturer = new Capturer({
      repository,
      pool: this.#pool,
      clock: systemClock,
      limits: { maxFileBytes: 16 * 1024 * 1024, patterns: [] },
      onNested: (_source, paths) => this.nested.push(...paths),
    });
  }

  /** @param pool threads to share with others; threads of its own unless given */
  static async open(pool: WorkerPool | null = null): Promise<CaptureBench> {
    const folder = await mkdtemp(join(tmpdir(), 'bulwark-capture-'));
    const repository = await Repository.open({
      path: join(folder, 'store'),
      keyFolder: join(folder, 'keys'),
      codec: 'zstd',
      clock: systemClock,
      log: silentLog,
    });
    return new CaptureBench(folder, repository, pool);
  }

  async capture(
    changed: ReadonlyMap<string, Extent> | null = null,
    how: Pick<CaptureRequest, 'backup' | 'fresh'> = {},
  ): Promise<SnapshotRecord> {
    const { snapshot } = await this.capturer.capture({
      source: folderSource(this.tree),
      kind: 'manual',
      label: null,
      seen: () => ({ changed, git: true, why: null }),
      small: changed !== null,
      always: true,
      ...how,
    });
    assert.ok(snapshot);
    return snapshot;
  }

  /** All that a snapshot holds, by path. */
  async flat(record: SnapshotRecord): Promise<Map<string, FlatEntry>> {
    const found = new Map<string, FlatEntry>();
    const walk = async (tree: BlobId, times: BlobId, folder: string): Promise<void> => {
      const timed = decodeTimes(await this.repository.read(times));
      for (const [index, entry] of decodeTree(await this.repository.read(tree)).entries()) {
        const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
        const time = timed[index];
        found.set(path, {
          kind: entry.kind,
          mode: 'mode' in entry ? entry.mode : null,
          mtime: time?.mtime ?? 0n,
          content: await this.#content(entry),
        });
        if (entry.kind === 'folder' && time?.times != null)
          await walk(entry.tree, time.times, path);
      }
    };
    const root = filesRoot(record);
    await walk(root.tree, root.times, '');
    return found;
  }

  async close(): Promise<void> {
    if (this.#ownsPool) await this.#pool.close();
    await this.repository.close();
    await rm(this.#folder, { recursive: true, force: true });
  }

  async #content(entry: TreeEntry): Promise<string | null> {
    if (entry.kind === 'link') return entry.target;
    if (entry.kind === 'excluded') return `${entry.reason}: ${entry.rule}`;
    if (entry.kind !== 'file') return null;
    if (entry.id === null) return '';
    const blob = await this.repository.read(entry.id);
    if (!entry.chunked) return blob.toString('latin1');
    const parts: string[] = [];
    for (let at = 0; at < blob.length; at += 32) {
      const id = blob.toString('hex', at, at + 32);
      parts.push((await this.repository.read(parseBlobId(id))).toString('latin1'));
    }
    return parts.join('');
  }
}
