import assert from 'node:assert/strict';
import { chmod, readFile, rm, writeFile } from 'node:fs/promises';
import { discoveryPath, readDiscovery } from '../../../agent/protocol/discovery';
import { ManualClock } from '../../unit/server/manual-clock';
import { Bench, until } from './harness';

/** Longer than the agent leaves the file unwatched. */
const A_WHILE = 10_000;

describe('the discovery file of an agent that runs', () => {
  const bench = new Bench();
  afterEach(() => bench.close());

  const harms: Readonly<Record<string, (path: string) => Promise<unknown>>> = {
    'was deleted': (path) => rm(path),
    'was damaged': (path) => writeFile(path, 'junk'),
    'was opened to others': (path) => chmod(path, 0o644),
    'has the token of another agent': async (path) => {
      const text = await readFile(path, 'utf8');
      await writeFile(path, text.replace(/[0-9a-f]{64}/, 'e'.repeat(64)));
    },
  };
  for (const [what, harm] of Object.entries(harms))
    it(`is written again when it ${what}, so that clients find the agent`, async function () {
      if (process.platform === 'win32' && what === 'was opened to others') this.skip();
      const clock = new ManualClock();
      const { discovery, home } = await bench.server({ clock });
      await harm(discoveryPath(home));
      clock.advance(A_WHILE);
      await until(async () => (await readDiscovery(home))?.token === discovery.token);
      await bench.client(discovery);
    });

  it('is left to the agent that took the folder over, and the old agent leaves', async () => {
    const clock = new ManualClock();
    const drained: string[] = [];
    const old = await bench.server({
      clock,
      onDrain: () => {
        drained.push('old');
        return Promise.resolve();
      },
    });
    const next = await bench.server({ home: old.home });
    clock.advance(A_WHILE);
    await until(() => drained.length === 1);
    assert.deepEqual(await readDiscovery(old.home), next.discovery);
  });

  it('is not made anew where the whole folder was deleted: the agent leaves', async () => {
    const clock = new ManualClock();
    const drained: string[] = [];
    const { home } = await bench.server({
      clock,
      onDrain: () => {
        drained.push(home);
        return Promise.resolve();
      },
    });
    await rm(home, { recursive: true });
    clock.advance(A_WHILE);
    await until(() => drained.length === 1);
    assert.equal(await readDiscovery(home), null);
  });
});
