import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { conforms, ROOT } from './conformance';

const CLIENT = join(ROOT, 'clients', 'shell');
const DRIVER = join(CLIENT, 'tests', 'conformance-driver');

function isThere(program: string): boolean {
  return process.platform !== 'win32' && spawnSync(program, ['--version']).status === 0;
}

/** macOS has version 3. */
const hasBash =
  process.platform !== 'win32' &&
  spawnSync('bash', ['-c', '((BASH_VERSINFO[0] >= 4))']).status === 0;

describe('The functions for bash', () => {
  conforms(
    hasBash && isThere('jq') ? ['bash', DRIVER] : null,
    ['connect', 'call', 'follow', 'register-component', 'heartbeat', 'snapshot', 'restore'],
    'bash 4 and jq',
  );

  it('are clean (needs shellcheck)', function () {
    if (!isThere('shellcheck')) this.skip();
    const { stdout, status } = spawnSync('shellcheck', ['-x', 'bulwark.sh', DRIVER], {
      cwd: CLIENT,
      encoding: 'utf8',
    });
    assert.equal(status, 0, stdout);
  });
});
