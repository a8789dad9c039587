import assert from 'node:assert/strict';
import type { AuditEntry } from '../../agent/protocol/audit-methods';
import type { IncidentInfo } from '../../agent/protocol/incident-entities';
import { systemClock } from '../../agent/support/clock';
import { Seeded } from '../support/seeded';
import type { EventTail } from '../support/soak/event-tail';
import { SOAK_FAULTS } from '../support/soak/soak-faults';
import { SoakWorker } from '../support/soak/soak-worker';
import { SoakWorld } from '../support/soak/soak-world';

const MINUTE = 60_000;
/** How long faults are made; `npm run soak:system` tells. */
const MINUTES = Number(process.env['BULWARK_SOAK_MINUTES'] ?? '30');
const SEED = Number(process.env['BULWARK_SOAK_SEED'] ?? '1');
const WORKERS = 4;
/** How long it may take after the last fault until everything is well, or with a person, ms. */
const PATIENCE_MS = 5 * MINUTE;
/** So long the heap still fills up to where it is collected. */
const FILLING_MINUTES = 5;
/** Between two looks at the memory, ms. */
const SAMPLE_MS = 2_000;

describe(`the whole system under load for ${String(MINUTES)} min`, function () {
  this.timeout(MINUTES * MINUTE + 3 * PATIENCE_MS);
  const soak = new SoakWorld();
  const chance = new Seeded(SEED);
  /** Worktrees to which something happens just now. */
  const busy = new Set<string>();
  /** Faults that are not over yet, and what was made, in order. */
  const open: {
    readonly name: string;
    readonly worktree: string;
    readonly over: () => Promise<boolean>;
  }[] = [];
  const made: string[] = [];
  const memory: number[] = [];
  const workers: SoakWorker[] = [];
  let end = 0;
  let began = 0;

  before(async () => {
    await soak.start();
    for (let i = 0; i < WORKERS; i += 1) {
      const name = `worker ${String(i)}`;
      workers.push(new SoakWorker(soak, await soak.connect(name), name, new Seeded(SEED + 1 + i)));
    }
    began = systemClock.now();
    end = systemClock.monotonic() + MINUTES * MINUTE;
  });

  after(async () => {
    await soak.close();
    process.stdout.write(
      `      ${String(made.length)} faults, ${String(soak.tails[0]?.count ?? 0)} events for each of ${String(soak.tails.length)} clients, ` +
        `${String(workers.reduce((sum, { done }) => sum + done.snapshots.size + done.restores.length, 0))} snapshots and restores asked for; ` +
        `memory ${String(Math.round(median(part(memory, 0.25, 0.5))))} MiB in the second quarter, ${String(Math.round(median(part(memory, 0.75, 1))))} in the last\n`,
    );
  });

  const isOn = (): boolean => systemClock.monotonic() < end;
  const idle = (): string[] => soak.worktrees.filter((path) => !busy.has(path));

  /** Takes a worktree for as long as something happens to it. */
  async function inOne(work: (worktree: string) => Promise<void>): Promise<void> {
    const worktree = chance.pick(idle());
    if (worktree === null) return;
    busy.add(worktree);
    try {
      await work(worktree);
    } finally {
      busy.delete(worktree);
    }
  }

  async function makeFaults(): Promise<void> {
    while (isOn()) {
      await systemClock.sleep(2_000 + chance.below(3_000));
      const fault = chance.weighted(SOAK_FAULTS);
      if (fault === null) continue;
      const recovering = await soak.recovering();
      const worktree = chance.pick(idle().filter((path) => !recovering.has(path)));
      // Something may have begun to happen to it meanwhile.
      if (worktree === null || busy.has(worktree)) continue;
      busy.add(worktree);
      const over = await fault.make(soak, worktree, chance);
      if (over === null) busy.delete(worktree);
      else {
        made.push(fault.name);
        open.push({ name: fault.name, worktree, over });
      }
    }
  }

  /** Gives worktrees back whose fault is over. */
  async function lookAtFaults(): Promise<void> {
    while (isOn() || open.length > 0) {
      for (const one of [...open])
        if (await one.over()) {
          open.splice(open.indexOf(one), 1);
          busy.delete(one.worktree);
        }
      await systemClock.sleep(500);
      if (systemClock.monotonic() > end + PATIENCE_MS) return;
    }
  }

  async function edit(): Promise<void> {
    for (let i = 0; isOn(); i += 1) {
      const worktree = chance.pick(soak.worktrees);
      if (worktree !== null) soak.edit(worktree, `edit ${String(i)}\n`);
      await systemClock.sleep(200);
    }
  }

  async function commit(): Promise<void> {
    for (let i = 0; isOn(); i += 1) {
      await inOne(async (worktree) => {
        await soak.git(worktree, 'add', '-A');
        await soak.git(worktree, 'commit', '-q', '--allow-empty', '-m', `commit ${String(i)}`);
      });
      await systemClock.sleep(1_500);
    }
  }

  async function work(worker: SoakWorker): Promise<void> {
    while (isOn()) {
      await inOne((worktree) => worker.step(worktree));
      await systemClock.sleep(200);
    }
  }

  /** Clients that come and go. */
  async function wander(tails: readonly EventTail[]): Promise<void> {
    while (isOn()) {
      const tail = chance.pick(tails);
      tail?.disconnect();
      await systemClock.sleep(300 + chance.below(700));
      await tail?.connect();
    }
  }

  async function sample(): Promise<void> {
    while (isOn()) {
      const now = soak.memory();
      if (now !== null) memory.push(now);
      await systemClock.sleep(SAMPLE_MS);
    }
  }

  it('goes on while everything happens at once', async () => {
    await Promise.all([
      makeFaults(),
      lookAtFaults(),
      edit(),
      commit(),
      sample(),
      wander(soak.tails.slice(0, 10)),
      ...workers.map(work),
    ]);
    assert.deepEqual(
      open.map(({ name, worktree }) => `${name} in ${worktree}`),
      [],
      'faults that nothing has mended',
    );
    assert.deepEqual(
      workers.flatMap(({ failed }) => failed),
      [],
    );
  });

  it('has every file as it was written last', () => {
    assert.deepEqual(soak.differences(), []);
  });

  it('ends with every incident closed, or with a person', async () => {
    const incidents = async (): Promise<IncidentInfo[]> =>
      (await soak.world.client.call('incident/list', {})).incidents;
    const last = systemClock.monotonic() + PATIENCE_MS;
    let left = await incidents();
    while (left.some(({ state }) => state === 'open') && systemClock.monotonic() < last) {
      await systemClock.sleep(1_000);
      left = await incidents();
    }
    assert.deepEqual(
      left.filter(({ state }) => state === 'open').map(({ title, timeline }) => [title, timeline]),
      [],
    );
  });

  it('has told every event once to each client, also to those that come and go', async () => {
    const here = await soak.connect('counts');
    for (const tail of soak.tails)
      await soak.world.until('all events', () =>
        Promise.resolve(tail.last >= here.sequence ? true : null),
      );
    assert.deepEqual(
      soak.tails.flatMap(({ faults }) => faults),
      [],
    );
  });

  it('has lost no operation that it said was done, and did none twice', async () => {
    const { client } = soak.world;
    const labels: string[] = [];
    for (const path of soak.worktrees) labels.push(...(await labelsOf(path)));
    const wanted = workers.flatMap(({ done }) => [...done.snapshots.keys()]);
    assert.deepEqual(labels.filter((label) => label.startsWith('worker ')).sort(), wanted.sort());
    const history = await client.call('restore/history', { limit: 1000 });
    const restores = history.operations.map(({ id }) => id);
    for (const id of workers.flatMap(({ done }) => done.restores))
      assert.equal(restores.filter((one) => one === id).length, 1);
    const trail = await entries();
    for (const { name, done } of workers)
      for (const [method, count] of done.calls) {
        const own = trail.filter(({ by, action }) => by.name === name && action === method);
        assert.equal(
          own.filter(({ phase }) => phase === 'done').length,
          count,
          `${name} ${method}`,
        );
      }
    assert.deepEqual((await client.call('audit/verify', {})).problems, []);
  });

  it('keeps its memory', function () {
    if (memory.length === 0 || MINUTES < FILLING_MINUTES) this.skip();
    const [early, late] = [part(memory, 0.25, 0.5), part(memory, 0.75, 1)].map(median);
    assert.ok(
      (late ?? 0) < 1.25 * (early ?? 0) + 30,
      `${String(early)} MiB became ${String(late)} MiB`,
    );
  });

  async function labelsOf(path: string): Promise<string[]> {
    const found: string[] = [];
    for (let before = Number.MAX_SAFE_INTEGER; ;) {
      const asked = { path, limit: 1000, before };
      const { snapshots, more } = await soak.world.client.call('snapshot/list', asked);
      found.push(...snapshots.flatMap(({ label }) => label ?? []));
      before = snapshots.at(-1)?.createdAt ?? 0;
      if (!more) return found;
    }
  }

  async function entries(): Promise<AuditEntry[]> {
    const all: AuditEntry[] = [];
    for (;;) {
      const before = all.at(-1)?.sequence;
      const page = await soak.world.client.call('audit/list', {
        since: began,
        limit: 1000,
        ...(before === undefined ? {} : { before }),
      });
      all.push(...page.entries);
      if (!page.more) return all;
    }
  }
});

function part<T>(values: readonly T[], from: number, to: number): T[] {
  return values.slice(Math.floor(values.length * from), Math.ceil(values.length * to));
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}
