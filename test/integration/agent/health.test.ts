import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, truncateSync } from 'node:fs';
import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { z } from 'zod';

const AGENT = resolve(__dirname, '../../../agent/main.js');
const LIMIT_MS = 30_000;

const statusShape = z.object({
  worst: z.string(),
  machine: z.object({ disks: z.array(z.unknown()) }).nullable(),
  worktrees: z.array(
    z.object({ path: z.string(), state: z.string(), commitsNowhereElse: z.number() }),
  ),
  components: z.array(
    z.object({
      id: z.string(),
      state: z.object({ kind: z.string() }),
      pid: z.number().nullable(),
    }),
  ),
  alerts: z.array(
    z.object({
      id: z.string(),
      fault: z.string(),
      state: z.string(),
      acknowledged: z.object({ note: z.string() }).nullable(),
      silencedBy: z.string().nullable(),
      subject: z.object({ name: z.string() }),
    }),
  ),
});
type Status = z.infer<typeof statusShape>;
const errorShape = z.object({ error: z.object({ reason: z.string() }) });

describe('a developer sees what is wrong', () => {
  let folder: string;
  let repo: string;
  let linked: string;

  const git = (cwd: string, ...args: string[]): string =>
    execFileSync('git', ['-c', 'user.name=A', '-c', 'user.email=a@example.org', ...args], {
      cwd,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  /** What a command printed, whatever its exit code. */
  const bulwark = (cwd: string, ...args: string[]): Promise<{ code: number; value: unknown }> =>
    new Promise((settle, reject) => {
      const env = { ...process.env, BULWARK_HOME: join(folder, 'home') };
      const child = execFile(
        process.execPath,
        [AGENT, ...args, '--json'],
        { cwd, env },
        (_error, stdout) => {
          try {
            settle({ code: child.exitCode ?? -1, value: JSON.parse(stdout) });
          } catch (error) {
            reject(error instanceof Error ? error : new Error(stdout));
          }
        },
      );
    });
  const health = async (): Promise<Status> =>
    statusShape.parse((await bulwark(folder, 'health')).value);
  const untilHealth = async (isSo: (status: Status) => boolean, what: string): Promise<Status> => {
    const end = performance.now() + LIMIT_MS;
    let status = await health();
    while (!isSo(status)) {
      if (performance.now() > end)
        assert.fail(`waited in vain for ${what}: ${JSON.stringify(status)}`);
      status = await health();
    }
    return status;
  };
  const has = (fault: string) => (status: Status) =>
    status.alerts.some((alert) => alert.fault === fault && alert.state === 'firing');
  const stateOf = (status: Status, id: string): string | undefined =>
    status.components.find((one) => one.id === id)?.state.kind;

  before(async () => {
    folder = await realpath(await mkdtemp(join(tmpdir(), 'bulwark-health-')));
    repo = join(folder, 'app');
    linked = join(folder, 'linked');
    git(folder, 'init', '-q', '-b', 'main', 'app');
    await writeFile(join(repo, 'file'), 'one\n');
    git(repo, 'add', '-A');
    git(repo, 'commit', '-qm', 'one');
    git(repo, 'worktree', 'add', '-q', '-b', 'feature', linked);
    // Faults stay until the test ends them.
    await mkdir(join(folder, 'home'), { mode: 0o700 });
    await writeFile(
      join(folder, 'home', 'settings.json'),
      JSON.stringify({ healing: { mode: 'observe' } }),
    );
    await bulwark(repo, 'start', repo);
  });
  after(async () => {
    await bulwark(folder, 'stop');
    await rm(folder, { recursive: true, force: true });
  });

  it('nothing, on a machine that is well', async () => {
    const status = await untilHealth(
      ({ machine, worktrees }) =>
        machine !== null &&
        worktrees.length === 2 &&
        worktrees.every(({ state }) => state === 'clean'),
      'the first look',
    );
    const ours = status.alerts.filter(({ fault }) => !fault.startsWith('machine.'));
    assert.deepEqual(ours, []);
  });

  it('what a rule of their own says', async () => {
    const file = join(folder, 'home', 'bulwark.json');
    const text = 'The agent takes memory';
    const rule = { metric: 'agent.memory', above: 1, forMs: 0, severity: 'info', text };
    await writeFile(file, JSON.stringify({ alerts: { mine: rule, wrong: { metric: 'x' } } }));
    const status = await untilHealth(has('rule.info'), 'the rule');
    const shape = z.object({ rules: z.array(z.object({ name: z.string(), metric: z.string() })) });
    const { rules } = shape.parse((await bulwark(folder, 'alerts', 'rules')).value);
    assert.deepEqual(rules, [{ name: 'mine', metric: 'agent.memory' }]);
    assert.ok(status.alerts.some(({ fault }) => fault === 'settings.invalid'));
    await rm(file);
    await untilHealth(
      ({ alerts }) => !alerts.some(({ fault }) => /^(?:rule|settings)\./.test(fault)),
      'the end of it',
    );
  });

  it('one worktree in detail, and what would suit it as components', async () => {
    const shape = z.object({
      worktree: z.object({
        path: z.string(),
        changes: z.object({ untracked: z.number() }),
        dependencies: z.array(z.unknown()),
        disk: z.object({
          bytes: z.number(),
          regenerable: z.array(z.object({ path: z.string(), bytes: z.number() })),
        }),
      }),
      kinds: z.array(z.string()),
    });
    await mkdir(join(linked, 'node_modules'));
    await writeFile(join(linked, 'node_modules', 'made'), 'x'.repeat(1000));
    await writeFile(join(linked, 'package.json'), '{ "scripts": { "dev": "vite" } }');
    const { code, value } = await bulwark(linked, 'health', '.');
    const { worktree, kinds } = shape.parse(value);
    assert.equal(code, 0);
    assert.equal(worktree.path, linked);
    assert.deepEqual(kinds, ['Node.js']);
    assert.deepEqual(worktree.disk.regenerable, [{ path: 'node_modules', bytes: 1000 }]);
    assert.ok(worktree.disk.bytes > 1000);
    const suggested = await bulwark(linked, 'components', 'suggest');
    assert.deepEqual(suggested.value, {
      kinds: ['Node.js'],
      components: {
        web: {
          kind: 'process',
          command: ['npm', 'run', 'dev'],
          startup: { kind: 'tcp', port: 5173 },
          health: { kind: 'tcp', port: 5173 },
        },
      },
    });
    assert.equal((await bulwark(folder, 'health', folder)).code, 1);
    await rm(join(linked, 'node_modules'), { recursive: true });
    await rm(join(linked, 'package.json'));
  });

  it('a broken worktree within seconds, and that it is mended', async () => {
    const head = join(repo, '.git', 'worktrees', 'linked', 'HEAD');
    const whole = readFileSync(head);
    truncateSync(head);
    const status = await untilHealth(has('git.head-damaged'), 'the damaged HEAD');
    const alert = status.alerts.find(({ fault }) => fault === 'git.head-damaged');
    assert.equal(alert?.subject.name, linked);
    assert.equal((await bulwark(folder, 'health')).code, 1);
    await writeFile(head, whole);
    await untilHealth(
      ({ alerts }) =>
        alerts.every(({ fault, state }) => fault !== 'git.head-damaged' || state === 'resolving'),
      'its end',
    );
  });

  it('a worktree that lost its .git, within seconds', async () => {
    const link = join(linked, '.git');
    const whole = readFileSync(link);
    rmSync(link);
    const status = await untilHealth(has('git.link-missing'), 'the lost link');
    assert.equal(status.worst, 'critical');
    await writeFile(link, whole);
    await untilHealth(
      ({ alerts, worktrees }) =>
        alerts.every(({ fault, state }) => fault !== 'git.link-missing' || state === 'resolving') &&
        worktrees.every(({ state }) => state === 'clean'),
      'its end',
    );
  });

  it('commits that only a detached HEAD has', async () => {
    git(linked, 'checkout', '-q', '--detach');
    await writeFile(join(linked, 'file'), 'two\n');
    git(linked, 'commit', '-qam', 'nowhere else');
    await untilHealth(
      ({ worktrees }) => worktrees.some((one) => one.commitsNowhereElse === 1),
      'the commit',
    );
    git(linked, 'branch', 'kept');
    await untilHealth(
      ({ worktrees }) => worktrees.every((one) => one.commitsNowhereElse === 0),
      'the branch',
    );
  });

  it('what a repository describes runs once it is approved, and stops with the agent', async () => {
    const server =
      "require('fs').writeFileSync('up.pid', String(process.pid)); console.log('listening'); setInterval(() => {}, 1000)";
    const components = {
      web: { kind: 'process', command: [process.execPath, '-e', server], dependsOn: ['config'] },
      config: { kind: 'file', path: 'file' },
      wrong: { kind: 'tcp', port: 0 },
    };
    await writeFile(join(repo, 'bulwark.json'), JSON.stringify({ components }));
    const waiting = await untilHealth(
      (one) => stateOf(one, 'app/web') === 'unapproved',
      'the settings',
    );
    assert.equal(has('settings.invalid')(waiting), true);
    assert.equal(existsSync(join(repo, 'up.pid')), false);
    const refused = await bulwark(repo, 'components', 'start', 'app/web');
    assert.equal(errorShape.parse(refused.value).error.reason, 'component-refused');
    assert.equal((await bulwark(repo, 'components', 'approve')).code, 2, 'there is nobody to ask');

    assert.equal((await bulwark(repo, 'components', 'approve', '--yes')).code, 0);
    const running = await untilHealth((one) => stateOf(one, 'app/web') === 'up', 'the server');
    const pid = running.components.find(({ id }) => id === 'app/web')?.pid ?? 0;
    const lines = JSON.stringify((await bulwark(repo, 'logs', 'app/web')).value);
    assert.match(lines, /listening/);

    process.kill(pid, 'SIGKILL');
    const again = await untilHealth(
      (one) => stateOf(one, 'app/web') === 'up' && one.components.every((c) => c.pid !== pid),
      'its restart',
    );
    const second = again.components.find(({ id }) => id === 'app/web')?.pid ?? 0;
    await bulwark(folder, 'stop');
    assert.throws(() => process.kill(second, 0), { code: 'ESRCH' });
  });

  it('what fires, who has seen it, and what is silenced, also after a restart', async () => {
    await bulwark(folder, 'alerts');
    const status = await untilHealth(has('settings.invalid'), 'the mistake');
    const alert = status.alerts.find(({ fault }) => fault === 'settings.invalid');
    assert.ok(alert !== undefined);
    await bulwark(folder, 'alerts', 'ack', alert.id.slice(0, 8), '--note', 'known');
    await bulwark(folder, 'alerts', 'silence', '--fault', 'settings.*', '--reason', 'later');
    await bulwark(folder, 'stop');
    // Any command starts the agent again.
    await bulwark(folder, 'alerts');
    const after = await untilHealth(has('settings.invalid'), 'the alert');
    const kept = after.alerts.find(({ id }) => id === alert.id);
    assert.ok(kept !== undefined);
    assert.equal(kept.acknowledged?.note, 'known');
    assert.ok(kept.silencedBy !== null);
    rmSync(join(repo, 'bulwark.json'));
    await untilHealth(({ alerts }) => alerts.every(({ id }) => id !== alert.id), 'its end');
  });
});
