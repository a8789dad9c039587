import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { currentTarget } from '../build/targets.mjs';
import { buildCommand, checkGit, installCommand, isInstalled, root } from './checkout.mjs';
import { runCaptured } from './process.mjs';

const MINUTE = 60_000;

/** What each file of the extension may be, in bytes: what a window starts with, and what is loaded after. */
const EXTENSION_LIMITS = {
  'extension.js': 150_000,
  'extension.wire.js': 300_000,
  'health.js': 100_000,
};

/**
 * One step of `npm test`.
 *
 * @typedef {object} Step
 * @property {string} name
 * @property {string} about what it checks, in a few words
 * @property {readonly string[]} [needs] steps without which it makes no sense
 * @property {() => Promise<Probe> | Probe} [probe] asked right before it runs; it runs by default
 * @property {() => readonly string[]} command
 * @property {() => NodeJS.ProcessEnv} [env]
 * @property {() => void} [before]
 * @property {() => string | undefined} [after] looks at what a good run has left; returns what is
 *   wrong with it
 * @property {number} timeoutMs
 *
 * What a probe finds: the step runs, is not needed, cannot run on this kind of system whatever is
 * installed, or would run if something were there.
 * @typedef {{ kind: 'run' } | { kind: 'done' } | { kind: 'elsewhere', why: string }
 *   | { kind: 'lacks', enable: string }} Probe
 */

/** @type {Probe} */
const RUN = { kind: 'run' };

/**
 * A tool of node_modules as a command.
 *
 * @param {string} script
 * @param {readonly string[]} args
 */
const tool = (script, ...args) => [
  process.execPath,
  path.join(root, 'node_modules', ...script.split('/')),
  ...args,
];

/** @param {readonly string[]} mochaArgs what is passed on to every mocha run */
export function allSteps(mochaArgs) {
  /**
   * @param {string} name
   * @param {string} about
   * @param {{ except?: string, optional?: boolean, timeoutMs: number }} options
   * @returns {Step}
   */
  const mocha = (name, about, { except, optional = false, timeoutMs }) => ({
    name,
    about,
    needs: ['compile'],
    probe: () => {
      if (!hasTests(path.join(root, 'out', 'test', name), except)) {
        return optional
          ? { kind: 'elsewhere', why: `nothing in test/${name} runs outside VS Code` }
          : { kind: 'lacks', enable: `tests in test/${name}` };
      }
      return gitProbe();
    },
    command: () =>
      tool(
        'mocha/bin/mocha.js',
        ...(process.env.CI ? ['--forbid-only', '--forbid-pending'] : []),
        ...(except === undefined ? [] : ['--ignore', `out/test/${name}/${except}/**`]),
        ...mochaArgs,
        `out/test/${name}/**/*.test.js`,
      ),
    timeoutMs,
  });

  /** @type {Step[]} */
  const steps = [
    {
      name: 'install',
      about: 'dependencies as the lock file says',
      probe: () => (isInstalled() ? { kind: 'done' } : RUN),
      command: installCommand,
      timeoutMs: 15 * MINUTE,
    },
    {
      name: 'compile',
      about: 'types',
      needs: ['install'],
      before: removeStaleOutput,
      command: () => tool('typescript/bin/tsc', '-p', 'tsconfig.json'),
      timeoutMs: 10 * MINUTE,
    },
    {
      name: 'page',
      about: 'types of the page of charts, which runs in a browser',
      needs: ['install'],
      command: () => tool('typescript/bin/tsc', '-p', 'extension/webview'),
      timeoutMs: 5 * MINUTE,
    },
    {
      name: 'format',
      about: 'prettier',
      needs: ['install'],
      command: () => tool('prettier/bin/prettier.cjs', '--check', '.'),
      timeoutMs: 5 * MINUTE,
    },
    {
      name: 'lint',
      about: 'eslint, with types',
      needs: ['install'],
      command: () => tool('eslint/bin/eslint.js', '--max-warnings', '0', '.'),
      timeoutMs: 10 * MINUTE,
    },
    {
      name: 'layers',
      about: 'which room imports which',
      needs: ['install'],
      command: () =>
        tool(
          'dependency-cruiser/bin/dependency-cruise.mjs',
          'agent',
          'extension',
          'test',
          'clients',
        ),
      timeoutMs: 5 * MINUTE,
    },
    {
      name: 'dead',
      about: 'code and dependencies that nothing uses',
      needs: ['install'],
      command: () => tool('knip/bin/knip.js'),
      timeoutMs: 5 * MINUTE,
    },
    {
      name: 'protocol',
      about: 'documents and schema of the protocol are those of the code',
      needs: ['compile'],
      command: () => [
        process.execPath,
        path.join(root, 'out', 'agent', 'protocol', 'generate.js'),
        '--check',
      ],
      timeoutMs: 2 * MINUTE,
    },
    {
      name: 'build',
      about: `the bundles, what a window starts with below ${EXTENSION_LIMITS['extension.js'] / 1000} kB`,
      needs: ['install'],
      command: buildCommand,
      after: () => tooLarge() ?? notWholeByItself(),
      timeoutMs: 10 * MINUTE,
    },
    {
      name: 'embedding',
      about: 'the package, as it would be published, in other programs',
      needs: ['build'],
      probe: gitProbe,
      command: () => [process.execPath, path.join(root, 'scripts', 'embedding.mjs')],
      timeoutMs: 10 * MINUTE,
    },
    mocha('unit', 'parts by themselves', { timeoutMs: 10 * MINUTE }),
    mocha('integration', 'real git, files, stores and sockets', { timeoutMs: 45 * MINUTE }),
    mocha('faults', 'crashes, full disks, damage', { timeoutMs: 45 * MINUTE }),
    mocha('extension', 'parts of the extension by themselves', {
      // These run inside VS Code: in the step e2e, and with `npm run test:electron`.
      except: 'suite',
      optional: true,
      timeoutMs: 10 * MINUTE,
    }),
    {
      name: 'package',
      about: 'a VSIX with the native parts of this platform',
      needs: ['build'],
      probe: () =>
        currentTarget() === undefined
          ? { kind: 'elsewhere', why: 'there is no VSIX for this platform' }
          : RUN,
      command: () => [process.execPath, path.join(root, 'scripts', 'package.mjs'), '--no-build'],
      timeoutMs: 10 * MINUTE,
    },
    e2e('e2e', 'newest'),
    e2e('e2e-oldest', 'oldest', OLDEST_SUITES),
  ];
  return steps;
}

/**
 * What is tried in the oldest VS Code too: the main job, and all that builds on what VS Code offers
 * beyond commands and trees. `node scripts/e2e.mjs --vscode oldest` runs everything there.
 */
const OLDEST_SUITES = [
  'main-job',
  'one-file',
  'looking',
  'health-page',
  'recoveries',
  'trust',
  'extension-host',
];

/**
 * @param {string} name
 * @param {string} vscode which VS Code
 * @param {readonly string[]} suites all when empty
 * @returns {Step}
 */
function e2e(name, vscode, suites = []) {
  const script = path.join(root, 'scripts', 'e2e.mjs');
  return {
    name,
    about: `a real VS Code, the ${vscode} one, in a real browser`,
    needs: ['compile', 'package'],
    probe: () => probeE2e(script, vscode),
    command: () => [
      ...[process.execPath, script, '--no-build', '--vscode', vscode],
      ...(suites.length === 0 ? [] : ['--suites', suites.join(',')]),
    ],
    env: () => {
      const vsix = newestVsix();
      return vsix === undefined ? {} : { BULWARK_VSIX: vsix };
    },
    timeoutMs: 60 * MINUTE,
  };
}

/** @returns {string | undefined} */
function tooLarge() {
  const large = Object.entries(EXTENSION_LIMITS).flatMap(([name, limit]) => {
    const { size } = statSync(path.join(root, 'dist', name));
    return size < limit ? [] : [`dist/${name} has ${size} bytes: the limit is ${limit}`];
  });
  return large.length === 0 ? undefined : large.join('\n');
}

/**
 * Runs a copy of the built agent where no node_modules is near: a folder is
 * protected and the store read back, so that every native package is loaded.
 *
 * @returns {string | undefined}
 */
function notWholeByItself() {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'bwd-'));
  try {
    const dist = path.join(folder, 'dist');
    cpSync(path.join(root, 'dist'), dist, { recursive: true });
    const work = path.join(folder, 'work');
    mkdirSync(work);
    const env = { ...process.env, BULWARK_HOME: path.join(folder, 'home') };
    for (const command of [
      ['start', work, '--json'],
      ['verify', '--json'],
      ['stop', '--json'],
    ]) {
      const script = path.join(dist, 'agent.js');
      const { status, stdout, stderr } = spawnSync(process.execPath, [script, ...command], {
        cwd: folder,
        env,
        encoding: 'utf8',
        timeout: 2 * MINUTE,
      });
      if (status !== 0) {
        return `A copy of dist/ does not work by itself: ${command[0]} ended with ${status}\n${stdout}${stderr}`;
      }
    }
    return undefined;
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }
}

/**
 * @param {string} script
 * @param {string} vscode
 * @returns {Promise<Probe>}
 */
async function probeE2e(script, vscode) {
  // Its VS Code comes from npm for Linux on x64 alone; CI runs the extension's suites with
  // @vscode/test-electron on the others.
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    return { kind: 'elsewhere', why: 'only on Linux x64; here: npm run test:electron' };
  }
  const command = [process.execPath, script, '--probe', '--vscode', vscode];
  const { code, output, stopped } = await runCaptured(command, { cwd: root, timeoutMs: MINUTE });
  if (code === 0) return RUN;
  const said = output.trim().split('\n').at(-1) || stopped || `its probe ended with ${code}`;
  // 3 is "something is missing"; anything else is a fault of the suite, which running it will show.
  return code === 3 ? { kind: 'lacks', enable: said } : RUN;
}

/** @returns {Probe} */
function gitProbe() {
  const git = checkGit();
  return 'problem' in git ? { kind: 'lacks', enable: git.problem } : RUN;
}

/** The VSIX that the step `package` has made. */
function newestVsix() {
  return readdirSync(root)
    .filter((name) => name.endsWith('.vsix'))
    .map((name) => path.join(root, name))
    .sort((a, b) => statSync(b).mtimeMs - statSync(a).mtimeMs)
    .at(0);
}

/**
 * @param {string} folder
 * @param {string | undefined} except a folder in it that does not count
 */
function hasTests(folder, except) {
  if (!existsSync(folder)) return false;
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).some(
    (name) => name.endsWith('.test.js') && name.split(path.sep)[0] !== except,
  );
}

/** Removes what was compiled from sources that are gone: mocha would run deleted tests. */
function removeStaleOutput() {
  const out = path.join(root, 'out');
  if (!existsSync(out)) return;
  for (const name of readdirSync(out, { recursive: true, encoding: 'utf8' })) {
    if (!name.endsWith('.js')) continue;
    if (existsSync(path.join(root, name.replace(/\.js$/, '.ts')))) continue;
    rmSync(path.join(out, name), { force: true });
    rmSync(path.join(out, `${name}.map`), { force: true });
  }
}
