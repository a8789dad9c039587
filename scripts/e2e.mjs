// Runs the end-to-end suites: a real VS Code in a real browser.
//
//   node scripts/e2e.mjs --probe            says whether this machine can (exit 0), or what it
//                                           lacks (one line, exit 3)
//   node scripts/e2e.mjs                    installs VS Code if needed, packages, runs everything
//     --vscode newest|oldest                which VS Code (default: newest)
//     --install                             only installs it
//     --no-build                            takes out/ and the newest VSIX as they are
//     --grep TEXT                           only the tests whose name contains it
//     --suites NAME,NAME                    only these files of test/e2e
//     --picture FILE                        copies the README's picture there
//
// BULWARK_VSIX names a VSIX to test instead of packaging one, BULWARK_VSCODE_CACHE the folder that
// VS Code is installed in, BULWARK_CHROMIUM the browser.
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

import { findBrowser, install, missing } from '../test/e2e/vscode-web/install.mjs';

const checkout = dirname(dirname(fileURLToPath(import.meta.url)));
const require = createRequire(import.meta.url);
const CANNOT_RUN = 3;
const INTERRUPTED = 130;
const PICTURE = 'readme.png';

const { values: options } = parseArgs({
  options: {
    probe: { type: 'boolean', default: false },
    install: { type: 'boolean', default: false },
    'no-build': { type: 'boolean', default: false },
    vscode: { type: 'string', default: 'newest' },
    grep: { type: 'string' },
    suites: { type: 'string' },
    picture: { type: 'string' },
  },
});

const interrupted = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => interrupted.abort());
}

try {
  process.exitCode = await main();
} catch (error) {
  if (!interrupted.signal.aborted) console.error(error instanceof Error ? error.message : error);
  process.exitCode = interrupted.signal.aborted ? INTERRUPTED : 1;
}

async function main() {
  const lacks = missing(options.vscode);
  if (lacks.length > 0) {
    console.log(`the end-to-end suites need ${lacks.join('; ')}`);
    return CANNOT_RUN;
  }
  if (options.probe) return 0;
  const vscode = await install(options.vscode, interrupted.signal);
  if (options.install) return 0;
  if (!options['no-build']) await run('npm', ['run', 'compile']);
  const vsix = await findVsix();
  // Short, because unix sockets live below it and their paths may not be long.
  const temp = mkdtempSync(join(tmpdir(), 'bw-'));
  const marker = randomUUID();
  const screenshots = join(checkout, 'test-results', 'screenshots', options.vscode);
  rmSync(screenshots, { recursive: true, force: true });
  mkdirSync(screenshots, { recursive: true });
  const env = {
    ...process.env,
    BULWARK_VSIX: vsix,
    BULWARK_CHROMIUM: findBrowser(),
    BULWARK_E2E_NODE: vscode.node,
    BULWARK_E2E_CODE_SERVER: vscode.entry,
    BULWARK_E2E_SCREENSHOTS: screenshots,
    BULWARK_E2E_TEMP: temp,
    BULWARK_E2E_RUN: marker,
  };
  try {
    const hostSuite = await packageHostSuite(temp);
    if (hostSuite !== undefined) env.BULWARK_E2E_HOST_SUITE_VSIX = hostSuite;
    console.log(`VS Code ${options.vscode} (code-server ${vscode.codeServer}), ${vsix}`);
    await run(
      process.execPath,
      [
        require.resolve('mocha/bin/mocha.js'),
        ...['--timeout', '300000', '--slow', '60000'],
        ...(options.grep === undefined ? [] : ['--fgrep', options.grep]),
        ...specs(),
      ],
      { env },
    );
  } finally {
    // Whatever happened above, also when the suites were killed: nothing stays behind.
    await stopLeftovers(marker);
    rmSync(temp, { recursive: true, force: true, maxRetries: 3 });
  }
  if (options.picture !== undefined) {
    mkdirSync(dirname(resolve(options.picture)), { recursive: true });
    copyFileSync(join(screenshots, PICTURE), resolve(options.picture));
    console.log(`Wrote ${options.picture}`);
  }
  return 0;
}

/** The VSIX to test: the one that was asked for, or a fresh one. */
async function findVsix() {
  const chosen = process.env.BULWARK_VSIX;
  if (chosen !== undefined) {
    if (!existsSync(chosen)) throw new Error(`BULWARK_VSIX: ${chosen} is not there`);
    return resolve(chosen);
  }
  if (!options['no-build']) await run('npm', ['run', 'package']);
  const [newest] = readdirSync(checkout)
    .filter((name) => name.endsWith('.vsix'))
    .map((name) => join(checkout, name))
    .sort((a, b) => statSync(b).mtimeMs - statSync(a).mtimeMs);
  if (newest === undefined) throw new Error('there is no VSIX: run npm run package');
  return newest;
}

/**
 * Packages the suites for the extension host as an extension that runs them when it is activated.
 * It loads them from out/, where mocha and everything else they need can be found.
 * @returns {Promise<string | undefined>} undefined when there are no such suites
 */
async function packageHostSuite(temp) {
  const suite = join(checkout, 'out', 'test', 'extension', 'suite', 'index.js');
  if (!existsSync(suite)) return undefined;
  const { createVSIX } = await import('@vscode/vsce');
  const folder = join(temp, 'host-suite');
  const runner = join(checkout, 'out', 'test', 'support', 'vscode', 'host-suite.js');
  mkdirSync(folder);
  writeFileSync(
    join(folder, 'package.json'),
    JSON.stringify({
      name: 'host-suite',
      displayName: 'Suites in the extension host',
      publisher: 'bulwark-test',
      version: '0.0.1',
      engines: { vscode: '^1.101.0' },
      extensionKind: ['workspace'],
      activationEvents: ['onStartupFinished'],
      main: './main.js',
    }),
  );
  writeFileSync(
    join(folder, 'main.js'),
    `exports.activate = () => {
  // Not waited for: activation must end before the suites use other extensions.
  void require(${JSON.stringify(runner)}).runInExtensionHost(${JSON.stringify(suite)});
};
`,
  );
  writeFileSync(join(folder, '.vscodeignore'), '');
  const packagePath = join(temp, 'host-suite.vsix');
  await createVSIX({
    cwd: folder,
    packagePath,
    dependencies: false,
    allowMissingRepository: true,
    skipLicense: true,
  });
  return packagePath;
}

/** Stops every process that this run started and that is still there, by its id. */
async function stopLeftovers(marker) {
  const compiled = join(checkout, 'out', 'test', 'support', 'vscode', 'leftovers.js');
  const { processesMarked, stopAll } = require(compiled);
  const { systemClock } = require(join(checkout, 'out', 'agent', 'support', 'clock.js'));
  await stopAll(() => processesMarked('BULWARK_E2E_RUN', marker), {
    clock: systemClock,
    grace: 5000,
  });
}

/** The files with the suites that were asked for. */
function specs() {
  if (options.suites === undefined) return ['out/test/e2e/**/*.test.js'];
  return options.suites.split(',').map((name) => {
    const file = `out/test/e2e/${name}.test.js`;
    if (!existsSync(join(checkout, file)))
      throw new Error(`There is no suite ${name} in test/e2e.`);
    return file;
  });
}

/** Runs a program with its output in this terminal; an interruption reaches it too. */
function run(program, args, { env = process.env } = {}) {
  interrupted.signal.throwIfAborted();
  return new Promise((done, fail) => {
    const child = spawn(program, args, { cwd: checkout, env, stdio: 'inherit' });
    const stop = () => child.kill('SIGTERM');
    interrupted.signal.addEventListener('abort', stop, { once: true });
    child.on('error', fail);
    child.on('close', (code, signal) => {
      interrupted.signal.removeEventListener('abort', stop);
      if (code === 0) done();
      else fail(new Error(`${program} ${args[0]} ended with ${signal ?? code}`));
    });
  });
}
