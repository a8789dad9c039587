import assert from 'node:assert/strict';
import { access, mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AgentClient } from '../../../agent/protocol/client';
import { componentId } from '../../../agent/protocol/component-spec';
import { KillableAgent } from '../../support/killable-agent';
import { until } from '../server/harness';

describe('The settings file of a repository that somebody else wrote', function () {
  this.timeout(60_000);
  let folder: string;
  let project: string;
  let marker: string;
  let agent: KillableAgent;
  let client: AgentClient;

  beforeEach(async () => {
    folder = await realpath(await mkdtemp(join(tmpdir(), 'bulwark-foreign-')));
    project = join(folder, 'project');
    marker = join(folder, 'ran');
    await mkdir(project);
    agent = new KillableAgent(join(folder, 'home'));
    client = await agent.start();
  });
  afterEach(async () => {
    client.close();
    await agent.kill();
    await rm(folder, { recursive: true, force: true });
  });

  const ran = (): Promise<boolean> =>
    access(marker).then(
      () => true,
      () => false,
    );
  /** Everything of a settings file that is a command. */
  function commands(): string {
    const script = `require('fs').appendFileSync(${JSON.stringify(marker)}, 'x')`;
    const command = [process.execPath, '-e', script];
    const recover = [{ name: 'mend', command, tier: 'automatic' }];
    return JSON.stringify({
      components: {
        server: { kind: 'process', command, recover },
        check: { kind: 'command', command, intervalMs: 5000, recover },
      },
    });
  }
  async function server(): Promise<{ id: string; hash: string; file: string }> {
    await until(async () => (await client.call('component/list', {})).components.length === 2);
    const { files } = await client.call('component/settings', {});
    const [found] = files;
    assert.ok(found !== undefined);
    return { id: found.components[0] ?? '', hash: found.hash, file: found.file };
  }

  it('runs none of its commands until the user has approved that very content', async () => {
    await writeFile(join(project, 'bulwark.json'), commands());
    await client.call('worktree/protect', { path: project });
    const { hash, file } = await server();
    for (const method of ['component/start', 'component/restart'] as const)
      await assert.rejects(client.call(method, { id: componentId.parse('project/server') }), {
        reason: 'component-refused',
      });
    await client.call('health/status', {});
    await assert.rejects(client.call('component/approve', { file, hash: 'a'.repeat(64) }), {
      reason: 'component-refused',
    });
    assert.equal(await ran(), false);
    // It would have run: it does once it is approved.
    await client.call('component/approve', { file, hash });
    await until(ran);
  });

  it('cannot be approved as another file that it is a link to', async () => {
    const elsewhere = join(folder, 'elsewhere');
    await mkdir(elsewhere);
    await writeFile(join(elsewhere, 'bulwark.json'), commands());
    await symlink(join(elsewhere, 'bulwark.json'), join(project, 'bulwark.json'));
    await client.call('worktree/protect', { path: project });
    const { hash } = await server();
    await assert.rejects(
      client.call('component/approve', { file: join(elsewhere, 'bulwark.json'), hash }),
      { reason: 'path-missing' },
    );
    assert.equal(await ran(), false);
  });

  for (const [what, text] of Object.entries({
    'is nested very deeply': '{"components":'.concat('['.repeat(200_000)),
    'is no JSON': 'x'.repeat(100_000),
    'names keys of every object': '{"components":{"__proto__":{"kind":"process","command":["x"]}}}',
  }))
    it(`and that ${what} is told of, and harms nothing`, async () => {
      await writeFile(join(project, 'bulwark.json'), text);
      await client.call('worktree/protect', { path: project });
      await until(async () => (await client.call('component/settings', {})).files.length === 1);
      assert.deepEqual((await client.call('component/list', {})).components, []);
      assert.equal((await client.call('worktree/list', {})).worktrees.length, 1);
    });
});
