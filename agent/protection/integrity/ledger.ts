import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { writeFileAtomic } from '../../support/atomic-file';
import type { Clock, Timer } from '../../support/clock';
import { errnoOf, messageOf } from '../../support/errors';
import type { Log } from '../../support/log';
import { Mutex } from '../../support/mutex';
import { dueState, NEVER, type DueState } from './due';

/** What was read back of a pack, and when. */
const proof = z.object({
  /** Bytes from its beginning. */
  bytes: z.number(),
  /** Of these, bytes that were not as they were written. */
  badBytes: z.number(),
  /** Ms since 1970. */
  at: z.number(),
});
export type PackProof = z.infer<typeof proof>;

const level = z.object({
  /** Ms since 1970. */
  at: z.number(),
  ok: z.boolean(),
  /** Why it is not proven, where that is no damage. */
  note: z.string().nullable(),
});
export type LevelProof = z.infer<typeof level>;

/** Damage that could not be mended, until a check finds nothing of it. */
const damage = z.object({
  /** Ms since 1970. */
  foundAt: z.number(),
  message: z.string(),
  /** Ids of what is lost, so that the same is not looked for week after week. */
  blobs: z.array(z.string()),
  files: z.number(),
  snapshots: z.number(),
});
export type OpenDamage = z.infer<typeof damage>;

const state = z.object({
  version: z.literal(1),
  packs: z.record(z.string(), proof),
  structure: level.nullable(),
  meaning: level.nullable(),
  damage: damage.nullable(),
  scrub: dueState,
  /** When the pass that is under way began; packs proven since are done. */
  passSince: z.number().nullable(),
});
type State = z.infer<typeof state>;

const SAVE_MS = 30_000;

/**
 * Remembers what of the store was proven and when, in one small file. It is no part of the store:
 * losing it costs the time of reading everything again.
 */
export class IntegrityLedger {
  readonly #path: string;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #saving = new Mutex();
  #state: State;
  #timer: Timer | null = null;

  private constructor(path: string, clock: Clock, log: Log, loaded: State) {
    this.#path = path;
    this.#clock = clock;
    this.#log = log;
    this.#state = loaded;
  }

  /** Opens the ledger in `path`; one that cannot be understood is begun anew. */
  static async open(path: string, clock: Clock, log: Log): Promise<IntegrityLedger> {
    return new IntegrityLedger(path, clock, log, await load(path, log));
  }

  proofOf(packId: string): PackProof | null {
    return this.#state.packs[packId] ?? null;
  }

  get packs(): ReadonlyMap<string, PackProof> {
    return new Map(Object.entries(this.#state.packs));
  }

  get structure(): LevelProof | null {
    return this.#state.structure;
  }

  get meaning(): LevelProof | null {
    return this.#state.meaning;
  }

  get damage(): OpenDamage | null {
    return this.#state.damage;
  }

  get scrub(): DueState {
    return this.#state.scrub;
  }

  get passSince(): number | null {
    return this.#state.passSince;
  }

  /** Up to `bytes` a pack was read back now. */
  provePack(packId: string, bytes: number, badBytes: number): void {
    const at = this.#clock.now();
    this.#change({ packs: { ...this.#state.packs, [packId]: { bytes, badBytes, at } } });
  }

  /** A pack has grown, and what is new in it was read back; its oldest part decides its age. */
  extendPack(packId: string, bytes: number): void {
    const known = this.proofOf(packId);
    const at = known?.at ?? this.#clock.now();
    const badBytes = known?.badBytes ?? 0;
    this.#change({ packs: { ...this.#state.packs, [packId]: { bytes, badBytes, at } } });
  }

  /** Forgets packs that are no more. */
  keepOnly(packIds: ReadonlySet<string>): void {
    const kept = Object.entries(this.#state.packs).filter(([id]) => packIds.has(id));
    if (kept.length < Object.keys(this.#state.packs).length)
      this.#change({ packs: Object.fromEntries(kept) });
  }

  proveStructure(ok: boolean): void {
    this.#change({ structure: { at: this.#clock.now(), ok, note: null } });
  }

  proveMeaning(ok: boolean, note: string | null): void {
    this.#change({ meaning: { at: this.#clock.now(), ok, note } });
  }

  setDamage(open: OpenDamage | null): void {
    this.#change({ damage: open });
  }

  setScrub(scrub: DueState, passSince: number | null): void {
    this.#change({ scrub, passSince });
  }

  /** Writes what has changed. */
  async save(): Promise<void> {
    this.#timer?.cancel();
    this.#timer = null;
    await this.#saving.run(async () => {
      try {
        await writeFileAtomic(this.#path, `${JSON.stringify(this.#state)}\n`);
      } catch (error) {
        // It can be found out again: a full disk must not stop anything because of it.
        this.#log.warn('What was verified cannot be written down', { error: messageOf(error) });
      }
    });
  }

  #change(change: Partial<State>): void {
    this.#state = { ...this.#state, ...change };
    this.#timer ??= this.#clock.setTimeout(() => void this.save(), SAVE_MS);
  }
}

async function load(path: string, log: Log): Promise<State> {
  const fresh: State = {
    version: 1,
    packs: {},
    structure: null,
    meaning: null,
    damage: null,
    scrub: NEVER,
    passSince: null,
  };
  try {
    return state.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT')
      log.warn('What was verified is not known any more; the store is read again', {
        path,
        error: messageOf(error),
      });
    return fresh;
  }
}
