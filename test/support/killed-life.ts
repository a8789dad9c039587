import { RemoteError } from '../../agent/protocol/errors';
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { JournalWorld } from './journal-world';
import { difference, pictureOf, type Picture } from './life/pictures';

/** Snapshots that are kept, at most, so that a long run stays quick. */
const KEPT = 40;

/** What is asked of an agent until it is killed, and what it promised by then. */
export class KilledLife {
  readonly #world: JournalWorld;
  readonly #busy: string;
  readonly #quiet: string;
  /** Acknowledged snapshots that nobody has asked to delete. */
  readonly #snapshots = new Set<string>();
  readonly #deleted = new Set<string>();
  readonly #pinned = new Set<string>();
  readonly #moments = new Set<number>();
  /** What the quiet worktree held in its snapshots. */
  readonly #pictures = new Map<string, Picture>();
  #restoring: { readonly before: Picture; readonly wanted: Picture } | null = null;
  #goingBackTo = '';
  #now: Picture;
  #turn = 0;
  readonly #counts = new Map<string, number>();

  /** @param busy where somebody works all the time. @param quiet where nothing but this changes anything */
  constructor(world: JournalWorld, busy: string, quiet: string) {
    this.#world = world;
    this.#busy = busy;
    this.#quiet = quiet;
    this.#now = pictureOf(quiet);
  }

  /** Hears what the agent that runs now tells. */
  listen(): void {
    this.#world.client.onEvent(({ event }) => {
      if (event.kind === 'journal/written') this.#moments.add(event.sequence);
    });
  }

  counts(): string {
    const told = [...this.#counts].map(([name, count]) => `${String(count)} ${name}`);
    return [`${String(this.#moments.size)} moments`, ...told].join(', ');
  }

  /** Snapshots, backups, pins, deletions, garbage collections and rotations, one after another. */
  async keepBusy(signal: AbortSignal): Promise<void> {
    const { client } = this.#world;
    const path = this.#busy;
    while (!signal.aborted) {
      const draw = Math.random();
      if (draw < 0.35) {
        const { id } = await client.call('snapshot/create', { path });
        this.#took('snapshots', id);
        if (Math.random() < 0.3) {
          await client.call('snapshot/pin', { snapshot: id });
          this.#pinned.add(id);
          this.#count('pins');
        }
      } else if (draw < 0.7) {
        const kinds = ['full', 'incremental', 'differential'] as const;
        const kind = kinds[Math.floor(Math.random() * kinds.length)] ?? 'full';
        for (const { snapshot } of (await client.call('backup/run', { kind, path })).backups)
          this.#took('backups', snapshot.id);
      } else if (draw < 0.85) await this.#forget();
      else if (draw < 0.97) {
        await client.call('store/collectGarbage', { now: Math.random() < 0.5 });
        this.#count('garbage collections');
      } else {
        await client.call('key/rotate', {});
        this.#count('rotations');
      }
    }
  }

  /** Changes the quiet worktree, takes a snapshot of it, and goes back to any of them. */
  async restoreQuietly(signal: AbortSignal): Promise<void> {
    const { client } = this.#world;
    while (!signal.aborted) {
      this.#change();
      const { id } = await client.call('snapshot/create', { path: this.#quiet });
      this.#pictures.set(id, this.#now);
      this.#took('snapshots', id);
      const known = [...this.#pictures].filter(([one]) => this.#snapshots.has(one));
      const [snapshot, wanted] = known[Math.floor(Math.random() * known.length)] ?? [id, this.#now];
      this.#goingBackTo = snapshot;
      const plan = await client.call('restore/plan', { snapshot });
      this.#restoring = { before: this.#now, wanted };
      await client.call('restore/apply', { plan: plan.id });
      this.#now = wanted;
      this.#restoring = null;
      this.#count('restores');
      this.#check('after a restore');
    }
  }

  /** Looks at everything, after a start. */
  async check(what: string): Promise<void> {
    const { client } = this.#world;
    const is = pictureOf(this.#quiet);
    if (this.#restoring !== null) {
      const { before, wanted } = this.#restoring;
      const isBefore = difference(is, before) === '';
      if (!isBefore)
        assert.equal(difference(is, wanted), '', `${what}: a restore is neither done nor undone`);
      this.#count(isBefore ? 'restores taken back' : 'restores finished');
      this.#restoring = null;
      this.#now = is;
    }
    this.#check(what);
    const records = join(this.#world.agent.home, 'restores');
    if (existsSync(records)) assert.deepEqual(readdirSync(records), [], what);
    const { snapshots, more } = await client.call('snapshot/list', { limit: 1000 });
    const listed = new Map<string, string | null>(snapshots.map(({ id, pinned }) => [id, pinned]));
    for (const id of this.#snapshots)
      assert.ok(more || listed.has(id), `${what}: the snapshot ${id} was acknowledged`);
    for (const id of this.#deleted)
      assert.ok(!listed.has(id), `${what}: that ${id} is deleted was acknowledged`);
    for (const id of this.#pinned)
      assert.ok(listed.get(id) != null, `${what}: the pin of ${id} was acknowledged`);
    const kept = await this.#kept();
    const lost = [...this.#moments].filter((sequence) => !kept.has(sequence));
    assert.deepEqual(lost, [], `${what}: moments were acknowledged`);
    assert.deepEqual((await client.call('store/verify', {})).errors, [], what);
    this.#count('kills');
  }

  async #forget(): Promise<void> {
    const { client } = this.#world;
    const old = [...this.#snapshots].filter(
      (id) => !this.#pinned.has(id) && id !== this.#goingBackTo,
    );
    const chosen = old.slice(0, Math.max(2, this.#snapshots.size - KEPT));
    if (chosen.length === 0 || old.length < 6) return;
    for (const id of chosen) this.#snapshots.delete(id);
    const ids = snapshotIds(chosen, await client.call('snapshot/list', { limit: 1000 }));
    if (ids.length === 0) return;
    try {
      await client.call('snapshot/delete', { snapshots: ids });
    } catch (error) {
      if (!(error instanceof RemoteError) || error.reason !== 'snapshot-pinned') throw error;
      // The loss guard holds one of them, so that none was deleted.
      for (const id of chosen) this.#snapshots.add(id);
      return;
    }
    for (const id of chosen) this.#deleted.add(id);
    this.#count('deletions');
  }

  async #kept(): Promise<Set<number>> {
    const kept = new Set<number>();
    for (const path of [this.#busy, this.#quiet])
      for (let before: number | null = Number.MAX_SAFE_INTEGER; before !== null;) {
        const page: { entries: { sequence: number }[]; next: number | null } =
          await this.#world.client.call('journal/list', { path, limit: 500, before });
        for (const { sequence } of page.entries) kept.add(sequence);
        before = page.next;
      }
    return kept;
  }

  #change(): void {
    this.#turn += 1;
    for (let i = 0; i < 30; i++) {
      const folder = join(this.#quiet, `folder ${String((this.#turn + i) % 5)}`);
      mkdirSync(folder, { recursive: true });
      const path = join(folder, String(i % 9));
      if (Math.random() < 0.3) rmSync(path, { force: true });
      else writeFileSync(path, `${String(this.#turn)}\n`.repeat(1 + i * 20));
    }
    this.#now = pictureOf(this.#quiet);
  }

  #check(what: string): void {
    assert.equal(difference(pictureOf(this.#quiet), this.#now), '', `${what}: the quiet worktree`);
  }

  #took(what: string, id: string): void {
    this.#snapshots.add(id);
    this.#count(what);
  }

  #count(what: string): void {
    this.#counts.set(what, (this.#counts.get(what) ?? 0) + 1);
  }
}

function snapshotIds<T extends string>(
  chosen: readonly string[],
  { snapshots }: { snapshots: readonly { id: T }[] },
): T[] {
  return snapshots.flatMap(({ id }) => (chosen.includes(id) ? [id] : []));
}
