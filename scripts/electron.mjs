// Runs the extension's suites in a VS Code that is downloaded from its vendor.
//
//   node scripts/electron.mjs [--vscode stable|VERSION]     (on Linux without a screen: xvfb-run -a)
//
// It takes out/ and dist/ as they are unless they are missing: compile and build first.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { runTests } from '@vscode/test-electron';
import { buildCommand, isBuilt, root } from './run/checkout.mjs';

const { values } = parseArgs({ options: { vscode: { type: 'string', default: 'stable' } } });

const suite = path.join(root, 'out', 'test', 'extension', 'suite', 'index.js');
const tsc = [process.execPath, path.join(root, 'node_modules', 'typescript', 'bin', 'tsc')];
run([...tsc, '-p', 'tsconfig.json']);
if (!isBuilt()) run(buildCommand());
if (!existsSync(suite)) throw new Error(`${suite} is not there`);

// Short: VS Code makes sockets below it, and their paths may not be long.
const folder = mkdtempSync(path.join(os.tmpdir(), 'bwe-'));
const workspace = path.join(folder, 'work');
mkdirSync(workspace);
try {
  process.exitCode = await runTests({
    version: values.vscode,
    extensionDevelopmentPath: root,
    extensionTestsPath: suite,
    launchArgs: [
      workspace,
      '--disable-extensions',
      '--disable-workspace-trust',
      '--skip-welcome',
      '--skip-release-notes',
      `--user-data-dir=${path.join(folder, 'data')}`,
    ],
    extensionTestsEnv: { BULWARK_HOME: path.join(folder, 'home') },
  });
} finally {
  rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 500 });
}

/** @param {readonly string[]} command */
function run([program = '', ...args]) {
  const { status, error } = spawnSync(program, args, { cwd: root, stdio: 'inherit' });
  if (error !== undefined) throw error;
  if (status !== 0) process.exit(status ?? 1);
}
