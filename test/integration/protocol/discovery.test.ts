import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmod, chown, mkdir, rename, symlink, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import {
  bulwarkHome,
  discoveryPath,
  readDiscovery,
  type Discovery,
} from '../../../agent/protocol/discovery';
import { Bench } from '../server/harness';

const GOOD: Discovery = {
  socket: '/run/user/1000/agent.sock',
  token: '0123456789abcdef'.repeat(4),
  pid: 42,
  version: '1.0.0',
  startedAt: 1_700_000_000_000,
};

describe('finding the agent', () => {
  const bench = new Bench();
  afterEach(() => bench.close());

  async function written(content: string): Promise<string> {
    const home = await bench.folder();
    await writeFile(discoveryPath(home), content, { mode: 0o600 });
    return home;
  }

  it('looks into BULWARK_HOME, or else into the home folder', () => {
    assert.equal(bulwarkHome({}, '/home/me'), join('/home/me', '.bulwark'));
    assert.equal(bulwarkHome({ BULWARK_HOME: '' }, '/home/me'), join('/home/me', '.bulwark'));
    assert.equal(bulwarkHome({ BULWARK_HOME: '/data/bw' }, '/home/me'), resolve('/data/bw'));
    assert.equal(bulwarkHome({ BULWARK_HOME: 'bw' }, '/home/me'), resolve('bw'));
  });

  it('reads what the agent wrote, and ignores what it does not know', async () => {
    const home = await written(JSON.stringify({ ...GOOD, tcpPort: 4711, later: {} }));
    assert.deepEqual(await readDiscovery(home), { ...GOOD, tcpPort: 4711 });
  });

  it('finds none where there is no file and no folder', async () => {
    const home = await bench.folder();
    assert.equal(await readDiscovery(home), null);
    assert.equal(await readDiscovery(join(home, 'missing')), null);
  });

  it('does not believe a damaged file', async () => {
    for (const content of [
      '',
      '{',
      'null',
      '[]',
      JSON.stringify(GOOD).slice(0, -10),
      JSON.stringify({ ...GOOD, token: 'short' }),
      JSON.stringify({ ...GOOD, pid: '42' }),
      JSON.stringify({ ...GOOD, tcpPort: 70_000 }),
      JSON.stringify({ ...GOOD, filler: 'x'.repeat(70_000) }),
      '\0'.repeat(200),
    ])
      assert.equal(await readDiscovery(await written(content)), null, content.slice(0, 40));
  });

  if (process.platform !== 'win32') {
    it('does not follow a link', async () => {
      const home = await written(JSON.stringify(GOOD));
      await rename(discoveryPath(home), join(home, 'elsewhere.json'));
      await symlink(join(home, 'elsewhere.json'), discoveryPath(home));
      assert.equal(await readDiscovery(home), null);
    });

    it('does not use a token that others can read or write', async () => {
      const home = await written(JSON.stringify(GOOD));
      for (const mode of [0o640, 0o604, 0o620, 0o602, 0o777]) {
        await chmod(discoveryPath(home), mode);
        assert.equal(await readDiscovery(home), null, mode.toString(8));
      }
      await chmod(discoveryPath(home), 0o400);
      assert.deepEqual(await readDiscovery(home), GOOD);
    });

    it('does not hang on a named pipe, nor read a folder', async () => {
      const home = await bench.folder();
      execFileSync('mkfifo', ['-m', '600', discoveryPath(home)]);
      assert.equal(await readDiscovery(home), null);
      const other = await bench.folder();
      await mkdir(discoveryPath(other));
      assert.equal(await readDiscovery(other), null);
    });

    if (process.getuid?.() === 0)
      it('does not trust a file of somebody else', async () => {
        const home = await written(JSON.stringify(GOOD));
        await chown(discoveryPath(home), 12_345, 12_345);
        assert.equal(await readDiscovery(home), null);
      });
  }
});
