import * as assert from 'node:assert/strict';
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import type { AgentClient } from '../../../agent/protocol/client';
import { systemClock } from '../../../agent/support/clock';
import { KillableAgent, nextTurn } from '../../support/killable-agent';
import { git, picture } from '../../support/restore-world';

/** How often the agent is killed; more for a long run: `BULWARK_KILLS=500 npm test -- faults`. */
const KILLS = Number(process.env['BULWARK_KILLS'] ?? 30);
const FILES = 300;

const record = z.object({ phase: z.enum(['staging', 'applying', 'reverting']) });

/** When the agent is killed. */
type Moment =
  /** As soon as the restore's record says that it stages, or that it applies, and a while later. */
  | { readonly kind: 'staging' | 'applying'; readonly afterMs: number }
  /** So long after the restore was asked for. */
  | { readonly kind: 'asked'; readonly afterMs: number };

interface Scene {
  readonly name: string;
  /** What is lost before the restore. */
  lose(client: AgentClient): Promise<void>;
  restore(client: AgentClient): Promise<unknown>;
}

describe('an agent that is killed while it restores', () => {
  let root: string;
  let repo: string;
  let linked: string;
  let agent: KillableAgent;
  let ofRepo: string;
  let ofLinked: string;

  /** All that a person sees of both worktrees and of the folder beside them. */
  function state(): string {
    const worktree = (folder: string): unknown =>
      existsSync(folder) && [
        [...picture(folder)].sort(),
        git(folder, 'status', '--porcelain=v1', '-b'),
        git(folder, 'ls-files', '-s'),
      ];
    const out = join(root, 'out');
    return JSON.stringify([
      worktree(repo),
      worktree(linked),
      git(repo, 'for-each-ref'),
      git(repo, 'worktree', 'list', '--porcelain'),
      existsSync(out) && [...picture(out)].sort(),
    ]);
  }

  function change(folder: string): void {
    for (let i = 0; i < FILES; i += 3) appendFileSync(join(folder, place(i)), 'changed since\n');
    for (let i = 1; i < FILES; i += 3) rmSync(join(folder, place(i)));
    mkdirSync(join(folder, 'since'));
    for (let i = 0; i < FILES / 3; i++) writeFileSync(join(folder, 'since', String(i)), 'new\n');
    git(folder, 'add', '-A');
    git(folder, 'commit', '-q', '-m', 'since');
    writeFileSync(join(folder, 'not committed'), 'x\n');
  }

  const scenes: Scene[] = [
    {
      name: 'in its place, with the git state',
      lose: () => {
        change(repo);
        return Promise.resolve();
      },
      restore: (client) => restore(client, { snapshot: ofRepo, withGitState: true }),
    },
    {
      name: 'a deleted worktree',
      lose: () => {
        git(repo, 'worktree', 'remove', '--force', linked);
        git(repo, 'branch', '-q', '-D', 'feature');
        return Promise.resolve();
      },
      restore: (client) => restore(client, { snapshot: ofLinked }),
    },
    {
      name: 'into another folder',
      lose: () => Promise.resolve(),
      restore: (client) => restore(client, { snapshot: ofRepo, to: join(root, 'out') }),
    },
    {
      name: 'an undo',
      lose: async (client) => {
        change(repo);
        await restore(client, { snapshot: ofRepo, withGitState: true });
      },
      restore: (client) => client.call('restore/undo', {}),
    },
  ];

  /** Both worktrees as they were when they were captured; the agent must not run meanwhile. */
  function reset(): void {
    for (const folder of [repo, linked, join(root, 'out')])
      rmSync(folder, { recursive: true, force: true });
    for (const folder of ['repo', 'linked'])
      cpSync(join(root, 'kept', folder), join(root, folder), {
        recursive: true,
        preserveTimestamps: true,
        verbatimSymlinks: true,
      });
  }

  before(async function () {
    this.timeout(120_000);
    root = realpathSync(mkdtempSync(join(tmpdir(), 'bulwark-kill-')));
    repo = join(root, 'repo');
    linked = join(root, 'linked');
    const home = join(root, 'home');
    mkdirSync(home);
    mkdirSync(repo);
    git(repo, 'init', '-q', '-b', 'main');
    for (let i = 0; i < FILES; i++) {
      mkdirSync(join(repo, place(i), '..'), { recursive: true });
      writeFileSync(join(repo, place(i)), `file ${String(i)}\n`.repeat(i));
    }
    git(repo, 'add', '-A');
    git(repo, 'commit', '-q', '-m', 'one');
    git(repo, 'worktree', 'add', '-q', '-b', 'feature', linked);
    for (const folder of [repo, linked]) {
      writeFileSync(join(folder, 'staged'), 'staged\n');
      git(folder, 'add', 'staged');
      writeFileSync(join(folder, 'untracked'), 'untracked\n');
    }
    mkdirSync(join(root, 'kept'));
    cpSync(repo, join(root, 'kept/repo'), { recursive: true, preserveTimestamps: true });
    cpSync(linked, join(root, 'kept/linked'), { recursive: true, preserveTimestamps: true });
    agent = new KillableAgent(home);
    const client = await agent.start();
    await client.call('worktree/protect', { path: repo });
    ofRepo = (await client.call('snapshot/create', { path: repo })).id;
    ofLinked = (await client.call('snapshot/create', { path: linked })).id;
    await agent.kill();
  });

  after(async () => {
    await agent.kill();
    rmSync(root, { recursive: true, force: true });
  });

  const records = (): string[] => {
    const folder = join(agent.home, 'restores');
    return existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.json')) : [];
  };

  function phaseNow(): string | null {
    for (const name of records()) {
      try {
        const text = readFileSync(join(agent.home, 'restores', name), 'utf8');
        return record.parse(JSON.parse(text)).phase;
      } catch {
        // Removed in this very moment.
      }
    }
    return null;
  }

  /** Waits for the moment, or until the restore has ended. */
  async function wait(moment: Moment, isOver: () => boolean): Promise<void> {
    while (moment.kind !== 'asked' && phaseNow() !== moment.kind && !isOver()) await nextTurn();
    const until = systemClock.monotonic() + moment.afterMs;
    while (systemClock.monotonic() < until && !isOver()) await nextTurn();
  }

  /** A restore from its beginning to the kill. @returns the state before, and whether it had ended */
  async function killed(scene: Scene, moment: Moment): Promise<{ before: string; ended: boolean }> {
    reset();
    const client = await agent.start();
    await scene.lose(client);
    const before = state();
    let over = false;
    let failure: unknown = null;
    const running = scene.restore(client).then(
      () => (over = true),
      (error: unknown) => (failure = error),
    );
    await wait(moment, () => over || failure !== null);
    assert.equal(failure, null);
    await agent.kill();
    await running;
    return { before, ended: over };
  }

  it('ends each restore whole when it starts again, whenever it was killed', async function () {
    this.timeout(60_000 + KILLS * 20_000);
    const ends = { before: 0, after: 0 };
    const wanted: string[] = [];
    const took: number[] = [];
    for (const scene of scenes) {
      const started = systemClock.monotonic();
      const { ended } = await killed(scene, { kind: 'asked', afterMs: 60_000 });
      assert.ok(ended, scene.name);
      took.push(systemClock.monotonic() - started);
      // A commit made in the meantime would differ each time; these restores take it away again.
      wanted.push(state());
    }
    for (let kill = 0; kill < KILLS; kill++) {
      const at = kill % scenes.length;
      const scene = scenes[at];
      assert.ok(scene);
      const moment = momentOf(Math.floor(kill / scenes.length), took[at] ?? 1000);
      const what = `kill ${String(kill)}: ${scene.name}, ${moment.kind} + ${moment.afterMs.toFixed(1)} ms`;
      const { before, ended } = await killed(scene, moment);
      await agent.start();
      const now = state();
      const after = scene.name === 'an undo' ? null : wanted[at];
      if (now === before) ends.before += 1;
      else {
        ends.after += 1;
        if (after !== null) assert.ok(now === after, `${what}: neither as before nor as after`);
        else assertUndone(what);
      }
      assert.ok(!ended || now !== before, `${what}: it had ended, and is not as it should be`);
      assert.deepEqual(records(), [], what);
      assertClean(what);
      await agent.kill();
    }
    assert.ok(ends.before > 0 && ends.after > 0, JSON.stringify(ends));
    const client = await agent.start();
    assert.equal((await client.call('store/verify', {})).ok, true);
  });

  /** After an undo all is as {@link change} left it; its commit has another id each time. */
  function assertUndone(what: string): void {
    assert.equal(git(repo, 'log', '--format=%s'), 'since\none', what);
    assert.equal(git(repo, 'status', '--porcelain'), '?? "not committed"', what);
    const files = [...picture(repo)];
    const changed = files.filter(([, shown]) => shown.endsWith('changed since\n')).length;
    assert.ok(changed > 0, what);
    assert.equal(files.filter(([path]) => path.startsWith('since/')).length, FILES / 3, what);
  }

  function assertClean(what: string): void {
    const left = readdirSync(root).filter((name) => name.startsWith('.bulwark'));
    assert.deepEqual(left, [], what);
    for (const folder of ['repo', 'linked', 'out'])
      if (existsSync(join(root, folder)))
        assert.ok(!readdirSync(join(root, folder)).some((name) => name.includes('bulwark')), what);
    assert.ok(!existsSync(join(repo, '.git/index.lock')), what);
    git(repo, 'fsck', '--strict');
  }
});

async function restore(
  client: AgentClient,
  params: { snapshot: string; withGitState?: boolean; to?: string },
): Promise<unknown> {
  const plan = await client.call('restore/plan', params);
  return await client.call('restore/apply', { plan: plan.id });
}

/** In which file the i-th line of work is. */
function place(i: number): string {
  return `src/${String(i % 17)}/deep/${String(i)}`;
}

/** Moments in turn: chosen ones, and any. */
function momentOf(turn: number, tookMs: number): Moment {
  const afterMs = Math.random();
  if (turn % 4 === 0) return { kind: 'staging', afterMs: afterMs * 20 };
  if (turn % 4 === 3) return { kind: 'asked', afterMs: afterMs * tookMs };
  return { kind: 'applying', afterMs: afterMs * 60 };
}
