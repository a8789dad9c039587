import { z } from 'zod';
import { readFile } from 'node:fs/promises';
import { writeFileAtomic } from '../../support/atomic-file';
import { BulwarkError, errnoOf, fileError } from '../../support/errors';
import { Mutex } from '../../support/mutex';

const replicaEntry = z.object({
  id: z.string().regex(/^[0-9a-f]{32}$/),
  /** Absolute folder. */
  path: z.string(),
  addedAt: z.number(),
});
export type ReplicaEntry = z.infer<typeof replicaEntry>;

const droppedPack = z.object({
  pack: z.string().regex(/^[0-9a-f]{32}$/),
  /** When the store gave it up, ms since 1970. */
  at: z.number(),
  /** Replicas that may still have it, and how often each was brought up to date since. */
  waiting: z.record(z.string(), z.int()),
});
export type DroppedPack = z.infer<typeof droppedPack>;

const listFile = z.object({
  replicas: z.array(replicaEntry),
  dropped: z.array(droppedPack).default([]),
});

/**
 * The replicas of the store, and the packs that it gave up on purpose: only such packs
 * are ever removed from a replica. One file, kept across restarts.
 */
export class ReplicaList {
  readonly #path: string;
  readonly #writing = new Mutex();
  #replicas: readonly ReplicaEntry[];
  #dropped: readonly DroppedPack[];

  private constructor(path: string, { replicas, dropped }: z.infer<typeof listFile>) {
    this.#path = path;
    this.#replicas = replicas;
    this.#dropped = dropped;
  }

  /** @throws BulwarkError `settings-invalid` when the file cannot be understood */
  static async load(path: string): Promise<ReplicaList> {
    let text: string;
    try {
      text = await readFile(path, 'utf8');
    } catch (error) {
      if (errnoOf(error) === 'ENOENT') return new ReplicaList(path, { replicas: [], dropped: [] });
      throw fileError(error, path);
    }
    const parsed = listFile.safeParse(parseJson(text));
    if (parsed.success) return new ReplicaList(path, parsed.data);
    throw new BulwarkError('settings-invalid', `${path} is damaged`, {
      hint: 'Delete it and add your replicas again; what they hold is not touched by that.',
      details: { path },
    });
  }

  get replicas(): readonly ReplicaEntry[] {
    return this.#replicas;
  }

  get dropped(): readonly DroppedPack[] {
    return this.#dropped;
  }

  add(entry: ReplicaEntry): Promise<void> {
    return this.#save([...this.#replicas, entry], this.#dropped);
  }

  remove(id: string): Promise<void> {
    return this.#save(
      this.#replicas.filter((entry) => entry.id !== id),
      this.#dropped.map((entry) => without(entry, id)),
    );
  }

  /** Remembers, durably, that the store gives up these packs on purpose. */
  drop(packs: readonly string[], at: number): Promise<void> {
    const waiting = Object.fromEntries(this.#replicas.map(({ id }) => [id, 0]));
    const fresh = packs.map((pack) => ({ pack, at, waiting }));
    return this.#save(this.#replicas, [
      ...this.#dropped.filter(({ pack }) => !packs.includes(pack)),
      ...fresh,
    ]);
  }

  /** A replica was brought up to date. @param removed dropped packs that it does not have any more */
  synced(id: string, removed: ReadonlySet<string>): Promise<void> {
    if (this.#dropped.length === 0) return Promise.resolve();
    return this.#save(
      this.#replicas,
      this.#dropped.map((entry) => {
        const count = entry.waiting[id];
        if (count === undefined) return entry;
        if (removed.has(entry.pack)) return without(entry, id);
        return { ...entry, waiting: { ...entry.waiting, [id]: count + 1 } };
      }),
    );
  }

  #save(replicas: readonly ReplicaEntry[], dropped: readonly DroppedPack[]): Promise<void> {
    this.#replicas = replicas;
    this.#dropped = dropped.filter(({ waiting }) => Object.keys(waiting).length > 0);
    return this.#writing.run(() => {
      const content = { replicas: this.#replicas, dropped: this.#dropped };
      return writeFileAtomic(this.#path, `${JSON.stringify(content, null, 2)}\n`);
    });
  }
}

function without(entry: DroppedPack, replica: string): DroppedPack {
  const waiting = Object.entries(entry.waiting).filter(([id]) => id !== replica);
  return { ...entry, waiting: Object.fromEntries(waiting) };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
