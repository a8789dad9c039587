import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';
import { readDiscovery } from '../../../agent/protocol/discovery';
import { HEAP_FLAGS } from '../../../agent/protocol/launch-memory';
import { cli, type CliRunOptions } from '../../support/cli-run';

const AGENT = resolve(__dirname, '../../../agent/main.js');

describe('bulwark service', function () {
  this.timeout(60_000);
  let folder: string;
  let commands: string[];
  let running: boolean;

  beforeEach(async () => {
    // What is hard to write into a unit or a plist.
    folder = await realpath(await mkdtemp(join(tmpdir(), 'bulwark-service 100% $x "q" & <t>-')));
    commands = [];
    running = false;
  });

  afterEach(async () => {
    await cli(['stop'], options('linux'));
    await rm(folder, { recursive: true, force: true });
  });

  /** A machine whose own commands only write down that they were called. */
  function options(platform: NodeJS.Platform): CliRunOptions {
    return {
      home: join(folder, 'home'),
      cwd: folder,
      homedir: folder,
      env: { XDG_CONFIG_HOME: '' },
      agentScript: AGENT,
      platform,
      runChild: (words) => {
        commands.push(words.join(' '));
        if (words.includes('enable') || words.includes('bootstrap')) running = true;
        if (words.includes('disable') || words.includes('bootout')) running = false;
        const isQuestion = words.includes('is-active') || words.includes('print');
        const code = isQuestion && !running ? 3 : 0;
        return { ended: Promise.resolve({ code, signal: null }), kill: () => undefined };
      },
    };
  }

  const unit = (): string => join(folder, '.config', 'systemd', 'user', 'bulwark.service');

  it('writes a user unit for systemd, starts it, tells whether it runs, and removes it', async () => {
    const at = options('linux');
    assert.equal((await cli(['service', 'status'], at)).code, 3);
    const { code, stdout } = await cli(['service', 'install'], at);
    assert.equal(code, 0);
    assert.match(stdout, /^Installed: systemd runs the agent now\..*enable-linger/);
    assert.deepEqual(commands, [
      'systemctl --user daemon-reload',
      'systemctl --user enable --now bulwark.service',
    ]);
    const text = await readFile(unit(), 'utf8');
    assert.match(text, /^Restart=on-failure$/m);
    assert.match(text, /^TimeoutStopSec=15$/m);
    assert.match(text, /"agent" "--stay"$/m);
    // As small as an agent that a command starts.
    if (process.platform === 'linux') assert.match(text, /^Environment="MALLOC_ARENA_MAX=2"$/m);
    for (const flag of HEAP_FLAGS) assert.ok(text.includes(`"${flag}"`));
    assert.equal((await cli(['service', 'status'], at)).code, 0);
    assert.equal((await cli(['service', 'uninstall'], at)).code, 0);
    await assert.rejects(readFile(unit()), /ENOENT/);
    assert.equal((await cli(['service', 'status'], at)).code, 3);
  });

  it('names folders so that systemd reads them as they are', async () => {
    await cli(['service', 'install'], options('linux'));
    const text = await readFile(unit(), 'utf8');
    const line = /^Environment="BULWARK_HOME=(.*)"$/m.exec(text)?.[1] ?? '';
    const read = line.replaceAll('%%', '%').replaceAll('\\"', '"').replaceAll('\\\\', '\\');
    assert.equal(read, join(folder, 'home'));
  });

  it('writes a unit that systemd itself accepts (needs systemd-analyze)', async function () {
    const analyze = promisify(execFile);
    const isThere = await analyze('systemd-analyze', ['--version']).catch(() => null);
    if (isThere === null) this.skip();
    await cli(['service', 'install'], options('linux'));
    const env = { ...process.env, XDG_RUNTIME_DIR: folder };
    const { stderr } = await analyze('systemd-analyze', ['--user', 'verify', unit()], { env });
    assert.equal(stderr, '');
  });

  it('writes an agent for launchd, with names that XML would read otherwise', async () => {
    assert.equal((await cli(['service', 'install'], options('darwin'))).code, 0);
    const file = join(folder, 'Library', 'LaunchAgents', 'dev.bulwark.agent.plist');
    assert.match(commands[0] ?? '', /^launchctl bootstrap gui\/\d+ /);
    const text = await readFile(file, 'utf8');
    assert.match(text, /&quot;q&quot; &amp; &lt;t&gt;/);
    assert.match(text, /<string>--stay<\/string>/);
    assert.doesNotMatch(text, /<t>/);
  });

  it('writes a task for Windows that runs from login on, without a time limit', async () => {
    const { stdout } = await cli(['service', 'install', '--dry-run', '--json'], {
      ...options('win32'),
      home: join(folder, '.bulwark'),
    });
    const { content, commands: lines } = z
      .object({ content: z.string(), commands: z.array(z.array(z.string())) })
      .parse(JSON.parse(stdout));
    assert.match(content, /<LogonTrigger>/);
    assert.match(content, /<ExecutionTimeLimit>PT0S</);
    assert.match(content, /<Arguments>--headless .*agent --stay<\/Arguments>/);
    assert.deepEqual(lines[1], ['schtasks', '/Run', '/TN', 'Bulwark']);
    assert.deepEqual(commands, [], 'a dry run changes nothing');
  });

  it('has an agent that runs already make room', async () => {
    const at = options('linux');
    const project = join(folder, 'project');
    await mkdir(project);
    assert.equal((await cli(['protect', project], at)).code, 0);
    const before = await readDiscovery(at.home);
    assert.ok(before !== null);
    assert.equal((await cli(['service', 'install'], at)).code, 0);
    assert.equal(await readDiscovery(at.home), null);
  });

  it('says what to do where there is no such kind of service', async () => {
    const { code, stderr } = await cli(['service', 'install'], options('freebsd'));
    assert.equal(code, 2);
    assert.match(stderr, /no kind of service for freebsd/);
  });
});
