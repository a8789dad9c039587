import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

const ROOT = resolve(__dirname, '../../../..');
const run = promisify(execFile);

/** The step `embedding` of the tests runs the same program with the package as it is published. */
describe('The program of docs/examples that has Bulwark in its own process', () => {
  let folder: string;
  beforeEach(() => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'bulwark-embedding-')));
    const installed = join(folder, 'node_modules', 'bulwark');
    mkdirSync(installed, { recursive: true });
    const code = `module.exports = require(${JSON.stringify(join(ROOT, 'out/agent/index.js'))});\n`;
    writeFileSync(join(installed, 'index.js'), code);
    copyFileSync(join(ROOT, 'docs/examples/embedding.mjs'), join(folder, 'embedding.mjs'));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  it('goes on after each of its parts has failed, with what it had lost, and ends by itself', async function () {
    this.timeout(300_000);
    const { stdout } = await run(process.execPath, [join(folder, 'embedding.mjs'), folder]);
    const parts = ['memoryManager', 'knowledgeManager', 'worktreeManager', 'orchestrator'];
    for (const name of parts) assert.match(stdout, new RegExp(`${name}: healed by`), stdout);
    assert.match(stdout, /circuitBreaker: healed by reset_connections/, stdout);
    assert.match(stdout, /Still there: not committed/, stdout);
  });
});
