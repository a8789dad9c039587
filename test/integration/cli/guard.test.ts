import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, realpath, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { cli, startCli, type CliRunOptions } from '../../support/cli-run';

const shape = z.object({
  command: z.array(z.string()),
  code: z.int().nullable(),
  signal: z.string().nullable(),
  before: z.object({ id: z.string(), label: z.string() }),
  after: z.object({ id: z.string(), label: z.string() }).nullable(),
  changes: z.array(z.object({ path: z.string(), change: z.string() })),
  total: z.int(),
  problem: z.string().nullable(),
});

describe('bulwark guard, with the real agent', function () {
  this.timeout(30_000);
  let folder: string;
  let project: string;
  let options: CliRunOptions;

  beforeEach(async () => {
    folder = await realpath(await mkdtemp(join(tmpdir(), 'bulwark-guard-')));
    project = join(folder, 'project');
    await mkdir(project);
    await writeFile(join(project, 'notes.txt'), 'weeks of work\n');
    await writeFile(join(project, 'plan.txt'), 'for tomorrow\n');
    options = {
      home: join(folder, 'home'),
      cwd: project,
      agentScript: resolve(__dirname, '../../../agent/main.js'),
    };
  });

  afterEach(async () => {
    await cli(['stop'], options);
    await rm(folder, { recursive: true, force: true });
  });

  const destroy = 'rm notes.txt; echo changed > plan.txt; echo new > new.txt; echo done';
  const isThere = (name: string): Promise<boolean> =>
    stat(join(project, name)).then(
      () => true,
      () => false,
    );

  it('protects the folder first, runs the command, and brings back what it took', async () => {
    const run = startCli(['guard', '--', 'sh', '-c', destroy], { ...options, tty: true });
    await run.stderr.waitFor('Take all of it back?');
    assert.equal(run.stdout.text, 'done\n', 'what the command wrote, and nothing else');
    assert.match(run.stderr.text, /3 differences: 1 added, 1 removed, 1 modified\.\n {2}- notes/);
    run.stdin.write('y\n');
    assert.equal(await run.code, 0);
    assert.equal(await readFile(join(project, 'notes.txt'), 'utf8'), 'weeks of work\n');
    assert.equal(await readFile(join(project, 'plan.txt'), 'utf8'), 'for tomorrow\n');
    assert.equal(await isThere('new.txt'), false);
    // And what it did is kept as well.
    const { stdout } = await cli(['snapshots', '--json'], options);
    assert.match(stdout, /"label":"after sh -c/);
  });

  it('says how to go back where nobody can be asked, and ends as the command did', async () => {
    const { code, stdout, stderr } = await cli(
      ['guard', '--', 'sh', '-c', `${destroy}; exit 7`],
      options,
    );
    assert.equal(code, 7);
    assert.equal(stdout, 'done\n');
    const id = /bulwark restore ([0-9a-f]+)/.exec(stderr)?.[1] ?? '';
    assert.equal((await cli(['restore', id, '--yes'], options)).code, 0);
    assert.equal(await readFile(join(project, 'notes.txt'), 'utf8'), 'weeks of work\n');
  });

  it('tells programs what changed, on a standard output without the command’s own', async () => {
    const { code, stdout } = await cli(['guard', '--json', '--', 'sh', '-c', destroy], options);
    assert.equal(code, 0);
    const told = shape.parse(JSON.parse(stdout));
    assert.deepEqual(told.changes.map(({ path, change }) => `${change} ${path}`).sort(), [
      'added new.txt',
      'modified plan.txt',
      'removed notes.txt',
    ]);
    assert.deepEqual(told.command.slice(0, 2), ['sh', '-c']);
  });

  it('still says how to go back when the command took the whole folder', async () => {
    const { code, stderr } = await cli(['guard', '--', 'rm', '-rf', project], options);
    assert.equal(code, 0);
    const id = /kept as ([0-9a-f]+)/.exec(stderr)?.[1] ?? '';
    assert.match(stderr, new RegExp(`bulwark restore ${id}`));
    assert.equal((await cli(['restore', id, '--yes'], options)).code, 0);
    assert.equal(await readFile(join(project, 'notes.txt'), 'utf8'), 'weeks of work\n');
  });

  it('hands a wish to stop on to the command, and waits for what it does then', async () => {
    const run = startCli(
      [
        'guard',
        '--',
        'sh',
        '-c',
        'trap "echo saved; exit 3" TERM; echo ready; while :; do sleep 0.05; done',
      ],
      options,
    );
    await run.stdout.waitFor('ready');
    run.signal('SIGTERM');
    assert.equal(await run.code, 3);
    assert.equal(run.stdout.text, 'ready\nsaved\n');
  });

  it('runs nothing that cannot be guarded, and says when there is no such command', async () => {
    const refused = await cli(['guard', '--', 'touch', join(folder, 'ran')], {
      ...options,
      cwd: '/',
    });
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /bulwark: /);
    await assert.rejects(stat(join(folder, 'ran')));
    const missing = await cli(['guard', '--', 'no-such-command-anywhere'], options);
    assert.equal(missing.code, 2);
    assert.match(missing.stderr, /there is no command no-such-command-anywhere/);
  });
});
