import * as assert from 'node:assert/strict';
import * as fs from 'node:fs/promises';
import * as os from 'node:os';
import * as path from 'node:path';
import { ensureAgentCopy, pruneAgentCopies } from '../../../extension/agent-copy';
import { compareVersions } from '../../../extension/agent-version';

const DAY = 24 * 3_600_000;

describe('the copy of the agent that is run', () => {
  let folder: string;
  let dist: string;
  let home: string;

  beforeEach(async () => {
    folder = await fs.mkdtemp(path.join(os.tmpdir(), 'bulwark-copy-'));
    dist = path.join(folder, 'dist');
    home = path.join(folder, 'home');
    await fs.mkdir(path.join(dist, 'node_modules', 'native'), { recursive: true });
    await fs.writeFile(path.join(dist, 'agent.js'), 'one');
    await fs.writeFile(path.join(dist, 'agent.worker.js'), 'one');
    await fs.writeFile(path.join(dist, 'agent.js.map'), 'map');
    await fs.writeFile(path.join(dist, 'extension.js'), 'window');
    await fs.writeFile(path.join(dist, 'node_modules', 'native', 'extension.js'), 'native');
  });

  afterEach(() => fs.rm(folder, { recursive: true, force: true }));

  it('has what the agent needs, outside of the extension’s folder', async () => {
    const script = await ensureAgentCopy(dist, home, '1.0.0');
    assert.ok(script.startsWith(home));
    assert.equal(await fs.readFile(script, 'utf8'), 'one');
    const copied = await fs.readdir(path.dirname(script));
    assert.deepEqual(copied.sort(), ['agent.js', 'agent.worker.js', 'node_modules']);
    const native = path.join(path.dirname(script), 'node_modules', 'native', 'extension.js');
    assert.equal(await fs.readFile(native, 'utf8'), 'native');
  });

  it('is made once, by whichever window is first', async () => {
    const scripts = await Promise.all(
      Array.from({ length: 5 }, () => ensureAgentCopy(dist, home, '1.0.0')),
    );
    assert.equal(new Set(scripts).size, 1);
    assert.equal((await fs.readdir(path.join(home, 'agents'))).length, 1);
  });

  it('is another one for another build of the same version', async () => {
    const first = await ensureAgentCopy(dist, home, '1.0.0');
    await fs.writeFile(path.join(dist, 'agent.worker.js'), 'two');
    const second = await ensureAgentCopy(dist, home, '1.0.0');
    assert.notEqual(first, second);
    const worker = path.join(path.dirname(first), 'agent.worker.js');
    assert.equal(await fs.readFile(worker, 'utf8'), 'one');
  });

  it('is deleted when it is old and of another version', async () => {
    const script = await ensureAgentCopy(dist, home, '1.0.0');
    const later = (await fs.stat(path.dirname(script))).mtimeMs + 2 * DAY;
    await pruneAgentCopies(home, ['1.0.0'], later);
    await fs.access(script);
    await pruneAgentCopies(home, ['2.0.0'], later - 2 * DAY);
    await fs.access(script);
    await pruneAgentCopies(home, ['2.0.0'], later);
    await assert.rejects(fs.access(script), { code: 'ENOENT' });
  });
});

describe('versions of agents', () => {
  it('are compared by number, a preview before its release', () => {
    assert.ok(compareVersions('0.9.0', '0.10.0') < 0);
    assert.ok(compareVersions('1.0.0', '0.99.9') > 0);
    assert.ok(compareVersions('1.0.0-beta.1', '1.0.0') < 0);
    assert.equal(compareVersions('1.0.0+build', '1.0.0'), 0);
  });

  it('that cannot be read count as equal: an agent that runs is left alone', () => {
    assert.equal(compareVersions('dev', '1.0.0'), 0);
  });
});
