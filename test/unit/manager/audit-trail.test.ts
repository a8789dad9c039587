import assert from 'node:assert/strict';
import { appendFile, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AuditTrail } from '../../../agent/manager/audit/audit-trail';
import type { Operation } from '../../../agent/manager/audit/entry';
import { systemClock, type Clock } from '../../../agent/support/clock';
import { nextTurn } from '../../support/killable-agent';
import { silentLog } from '../../../agent/support/log';

const DAY = 24 * 3_600_000;

describe('The audit trail', () => {
  let folder: string;
  let now: number;
  let open: AuditTrail[];

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'bulwark-audit-'));
    now = Date.UTC(2026, 4, 4, 10);
    open = [];
  });

  afterEach(async () => {
    for (const trail of open) await trail.close();
    await rm(folder, { recursive: true, force: true });
  });

  const clock: Clock = { ...systemClock, now: () => now };

  async function openTrail(): Promise<AuditTrail> {
    const trail = await AuditTrail.open({ folder, keepMs: 365 * DAY, clock, log: silentLog });
    open.push(trail);
    return trail;
  }

  async function closeTrail(trail: AuditTrail): Promise<void> {
    open = open.filter((one) => one !== trail);
    await trail.close();
  }

  function operation(action: string, target: string | null = null): Operation {
    return {
      action,
      phase: 'done',
      by: { kind: 'terminal', name: 'bulwark', pid: 7 },
      why: null,
      target,
      input: { path: '/work/ä', now: true },
      outcome: null,
      durationMs: 12,
    };
  }

  async function filled(...actions: string[]): Promise<void> {
    const trail = await openTrail();
    for (const action of actions) await trail.record(operation(action));
    await closeTrail(trail);
  }

  async function file(): Promise<string> {
    const [name = ''] = (await readdir(folder)).filter((one) => one.endsWith('.jsonl'));
    return join(folder, name);
  }

  async function edit(change: (text: string) => string): Promise<void> {
    const path = await file();
    await writeFile(path, change(await readFile(path, 'utf8')));
  }

  const problems = async (): Promise<string[]> => {
    const trail = await openTrail();
    const { problems: found } = await trail.verify();
    await closeTrail(trail);
    return found.map(({ sequence, message }) => `${String(sequence)}: ${message}`);
  };

  it('goes on where it was when the agent starts again, and holds together', async () => {
    await filled('one', 'two');
    await filled('three');
    const trail = await openTrail();
    const { entries } = await trail.list({ limit: 10 });
    assert.deepEqual(
      entries.map(({ sequence, action }) => `${String(sequence)} ${action}`),
      ['3 three', '2 two', '1 one'],
    );
    assert.deepEqual((await trail.verify()).problems, []);
  });

  it('writes down operations that come at once in their order', async () => {
    const trail = await openTrail();
    await Promise.all(
      Array.from({ length: 40 }, (_, n) => trail.record(operation(`n${String(n)}`))),
    );
    const { entries, more } = await trail.list({ limit: 3, before: 40 });
    assert.deepEqual(
      entries.map(({ action }) => action),
      ['n38', 'n37', 'n36'],
    );
    assert.equal(more, true);
    assert.deepEqual((await trail.verify()).problems, []);
  });

  it('loses none that comes while others are being written', async () => {
    const trail = await openTrail();
    const writing: Promise<void>[] = [];
    for (let n = 0; n < 60; n++) {
      writing.push(trail.record(operation(`n${String(n)}`)));
      await nextTurn();
    }
    await Promise.all(writing);
    assert.equal((await trail.list({ limit: 100 })).entries.length, 60);
  });

  it('shows that an entry was changed', async () => {
    await filled('one', 'restore/apply', 'three');
    await edit((text) => text.replace('restore/apply', 'restore/plan!'));
    assert.deepEqual(await problems(), ['2: it was changed, or the one before it was']);
  });

  it('shows that an entry was taken out, also when the rest was numbered anew', async () => {
    await filled('one', 'two', 'three');
    await edit((text) => text.split('\n').toSpliced(1, 1).join('\n'));
    assert.deepEqual(await problems(), ['2: the entries up to 2 are missing']);
    await edit((text) => text.replace('"sequence":3', '"sequence":2'));
    assert.match((await problems()).join(), /2: it was changed/);
  });

  it('shows that its end was cut off, and keeps saying so', async () => {
    await filled('one', 'two', 'three');
    await edit((text) => `${text.split('\n').slice(0, 1).join('\n')}\n`);
    const expected = ['2: the end of the trail up to entry 3 was changed or removed'];
    assert.deepEqual(await problems(), expected);
    await filled('four', 'five');
    assert.deepEqual(await problems(), expected);
  });

  it('shows that all of it was taken away', async () => {
    await filled('one', 'two');
    await rm(await file());
    assert.match((await problems()).join(), /up to entry 2 was changed or removed/);
  });

  it('goes on after a line that a crash left half written', async () => {
    await filled('one');
    await appendFile(await file(), '{"sequence":2,"at":17778');
    await filled('two');
    const trail = await openTrail();
    assert.deepEqual((await trail.verify()).problems, []);
    assert.equal((await trail.list({ limit: 10 })).entries.length, 2);
  });

  it('removes what is over its time without breaking the chain', async () => {
    await filled('of last year');
    now += 40 * DAY;
    await filled('of spring');
    now += 340 * DAY;
    const trail = await openTrail();
    await trail.record(operation('of today'));
    await trail.trim();
    const { entries } = await trail.list({ limit: 10 });
    assert.deepEqual(
      entries.map(({ action }) => action),
      ['audit/trimmed', 'of today', 'of spring'],
    );
    const verified = await trail.verify();
    assert.deepEqual(verified.problems, []);
    assert.equal(verified.from.sequence, 1);
  });

  it('shows that old entries were taken away before their time', async () => {
    await filled('one');
    now += 40 * DAY;
    await filled('two');
    const [first = ''] = (await readdir(folder)).filter((name) => name.endsWith('.jsonl')).sort();
    await rm(join(folder, first));
    assert.deepEqual(await problems(), ['1: the entries up to 1 are missing']);
  });

  it('finds what was done since a time, and what of a kind', async () => {
    await filled('restore/apply', 'snapshot/create');
    now += DAY;
    await filled('restore/undo');
    const trail = await openTrail();
    const since = await trail.list({ limit: 10, since: now });
    assert.deepEqual(
      since.entries.map(({ action }) => action),
      ['restore/undo'],
    );
    const restores = await trail.list({ limit: 10, action: 'restore/' });
    assert.deepEqual(
      restores.entries.map(({ action }) => action),
      ['restore/undo', 'restore/apply'],
    );
  });
});
