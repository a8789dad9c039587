import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { ABILITIES } from '../../../clients/conformance/line-protocol';
import { AGENT, conforms, ROOT } from './conformance';

const CLIENT = join(ROOT, 'clients', 'python');
const NEEDS = 'python3 with websockets';

/** The first Python here that can do something; the system's own has what the system installs. */
function pythonThat(canImport: string): string | null {
  const works = (python: string): boolean =>
    spawnSync(python, ['-c', `import sys, ${canImport}; sys.exit(sys.version_info < (3, 10))`])
      .status === 0;
  return ['python3', '/usr/bin/python3', 'python'].find(works) ?? null;
}

/** Runs Python to its end. @returns what it said, when it failed */
async function run(python: string, ...args: string[]): Promise<string | null> {
  const env = { ...process.env, BULWARK_NODE: process.execPath, BULWARK_AGENT: AGENT };
  const child = spawn(python, args, { cwd: CLIENT, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (said += text));
  await once(child, 'close');
  return child.exitCode === 0 ? null : said;
}

describe('The client for Python', function () {
  this.timeout(180_000);
  const python = pythonThat('websockets');

  conforms(
    python === null ? null : [python, join(CLIENT, 'tests', 'conformance_driver.py')],
    ABILITIES,
    NEEDS,
  );

  it(`passes its own tests, with a real agent (needs ${NEEDS})`, async function () {
    if (python === null) this.skip();
    assert.equal(await run(python, '-m', 'unittest', 'discover', '-s', 'tests', '-v'), null);
  });

  it('has types that hold, at the strictest setting (needs mypy)', async function () {
    const checker = pythonThat('mypy');
    if (checker === null || python === null) this.skip();
    assert.equal(await run(checker, '-m', 'mypy', '--cache-dir', '/dev/null'), null);
  });
});
