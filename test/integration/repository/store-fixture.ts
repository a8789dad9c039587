import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hashBytes, toBlobId, type BlobId } from '../../../agent/repository/blob-id';
import { buildBlock, listTable, tableOf } from '../../../agent/repository/packs/block';
import { Codecs, type CodecName } from '../../../agent/repository/packs/codec';
import { PackReader } from '../../../agent/repository/packs/pack-reader';
import type { SnapshotRecord } from '../../../agent/repository/record';
import { Repository } from '../../../agent/repository/repository';
import {
  compareNames,
  encodeTimes,
  encodeTree,
  totalsOf,
  type EntryTimes,
  type TreeEntry,
} from '../../../agent/repository/tree';
import { verify, type VerifyReport } from '../../../agent/repository/verify/verify';
import { systemClock } from '../../../agent/support/clock';
import type { Log } from '../../../agent/support/log';
import { WorkerPool } from '../../../agent/support/worker-pool';

/** A small tree for tests: name to content; a list of parts is a file in chunks. */
export interface Sample {
  readonly [name: string]: Buffer | readonly Buffer[] | Sample;
}

const quiet: Log = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => quiet,
};

/** A store in a folder of its own, and the steps that tests take with it. */
export class StoreFixture {
  readonly folder: string;
  readonly #pool = new WorkerPool({ script: join(__dirname, 'verify-worker.js'), size: 2 });
  readonly #open: Repository[] = [];

  private constructor(folder: string) {
    this.folder = folder;
  }

  static async make(): Promise<StoreFixture> {
    return new StoreFixture(await mkdtemp(join(tmpdir(), 'bulwark-store-')));
  }

  get path(): string {
    return join(this.folder, 'store');
  }

  get keyFolder(): string {
    return join(this.folder, 'keys');
  }

  packPath(packId: string): string {
    return join(this.path, 'packs', `${packId}.pack`);
  }

  open(codec: CodecName = 'zstd', path = this.path): Promise<Repository> {
    return this.openWith({ codec, path });
  }

  async openWith({
    codec = 'zstd',
    path = this.path,
    passphrase = null,
  }: {
    codec?: CodecName;
    path?: string;
    passphrase?: string | null;
  }): Promise<Repository> {
    const { keyFolder } = this;
    const options = { path, keyFolder, passphrase, codec, clock: systemClock, log: quiet };
    const repository = await Repository.open(options);
    this.#open.push(repository);
    return repository;
  }

  async close(repository: Repository): Promise<void> {
    this.#open.splice(this.#open.indexOf(repository), 1);
    await repository.close();
  }

  verify(repository: Repository): Promise<VerifyReport> {
    return verify(repository, this.#pool, { clock: systemClock });
  }

  async remove(): Promise<void> {
    for (const repository of this.#open.splice(0)) await repository.close().catch(() => undefined);
    await this.#pool.close();
    await rm(this.folder, { recursive: true, force: true });
  }

  /** Keeps `sample` as a snapshot, as a capture does it: blobs, trees, record. */
  async snapshot(repository: Repository, sample: Sample): Promise<SnapshotRecord> {
    const record = await this.recordOf(repository, sample);
    await repository.commit([record]);
    return record;
  }

  /** Hands all of `sample` in. @returns a snapshot of it that is not committed */
  async recordOf(repository: Repository, sample: Sample): Promise<SnapshotRecord> {
    const { tree, times, entries } = await this.#keep(repository, sample);
    return {
      type: 'snapshot',
      id: randomBytes(16).toString('hex'),
      sequence: repository.catalog.nextSequence(),
      source: { id: '00112233445566aa', kind: 'folder', path: '/somewhere/work' },
      kind: 'manual',
      backup: 'snapshot',
      label: null,
      createdAt: 1_700_000_000_000,
      durationMs: 5,
      roots: [{ name: 'files', tree, times, totals: totalsOf(entries) }],
      git: null,
      newBytes: 0,
      storedBytes: 0,
    };
  }

  async #keep(
    repository: Repository,
    sample: Sample,
  ): Promise<{ tree: BlobId; times: BlobId; entries: TreeEntry[] }> {
    const entries: TreeEntry[] = [];
    const moments: EntryTimes[] = [];
    for (const name of Object.keys(sample).sort(compareNames)) {
      const value = sample[name];
      if (value === undefined) continue;
      let times: BlobId | null = null;
      if (Buffer.isBuffer(value)) {
        const id = value.length === 0 ? null : await deliver(repository, [value]);
        const size = value.length;
        entries.push({ kind: 'file', name, mode: 0o644, size, id, chunked: false });
      } else if (isParts(value)) {
        await deliver(repository, value);
        const size = value.reduce((sum, part) => sum + part.length, 0);
        const id = await deliver(repository, [Buffer.concat(value.map(hashBytes))]);
        entries.push({ kind: 'file', name, mode: 0o755, size, id, chunked: true });
      } else {
        const below = await this.#keep(repository, value);
        const totals = totalsOf(below.entries);
        entries.push({ kind: 'folder', name, mode: 0o755, tree: below.tree, totals });
        times = below.times;
      }
      moments.push({ mtime: 1_700_000_000_123_456_789n, times });
    }
    const tree = await repository.put(encodeTree(entries));
    const times = await repository.put(encodeTimes(moments));
    return { tree, times, entries };
  }
}

function isParts(value: readonly Buffer[] | Sample): value is readonly Buffer[] {
  return Array.isArray(value);
}

/** Hands blobs in as a capture does: one block of those that the store wants. @returns id of the first */
export async function deliver(repository: Repository, parts: readonly Buffer[]): Promise<BlobId> {
  const blobs = parts.map((bytes) => ({ id: hashBytes(bytes), bytes }));
  const wanted = repository.claim(Buffer.concat(blobs.map(({ id }) => id)));
  const fresh = blobs.filter((_, i) => wanted[i] === 1);
  if (fresh.length > 0) {
    const plain = buildBlock(fresh);
    const encoded = new Codecs().encode(repository.codec, plain);
    const table = Buffer.from(tableOf(plain));
    await repository.addBlock({ ...encoded, plainLength: plain.length, table });
  }
  return toBlobId(blobs[0]?.id ?? Buffer.alloc(32));
}

/** A frame of a pack, as a test aims at it. */
export interface FramePlace {
  readonly type: string;
  readonly offset: number;
  readonly length: number;
  readonly blobs: readonly BlobId[];
}

/** All frames of a pack, its index too. */
export async function framesOf(repository: Repository, packId: string): Promise<FramePlace[]> {
  const { path, key } = repository.packAccess(packId);
  const reader = await PackReader.open(path, packId, key, new Codecs());
  try {
    const places: FramePlace[] = [];
    for await (const { header, offset, length, plain } of reader.frames()) {
      const table = header.type === 'block' ? listTable(tableOf(plain)) : [];
      const blobs = table.map(({ id }) => toBlobId(id));
      places.push({ type: header.type, offset, length, blobs });
    }
    return places;
  } finally {
    await reader.close();
  }
}

/** Flips one bit of a file. */
export async function flipBit(path: string, offset: number, bit = 3): Promise<void> {
  const bytes = await readFile(path);
  bytes.writeUInt8(bytes.readUInt8(offset) ^ (1 << bit), offset);
  await writeFile(path, bytes);
}
