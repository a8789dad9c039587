import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';

/**
 * The packages with native parts. They cannot be bundled: they are copied beside the bundle, with
 * what they need at run time, so that `dist/` works wherever it is put.
 */
export const NATIVE_PACKAGES = [
  { name: 'classic-level', required: true },
  { name: '@parcel/watcher', required: true },
  { name: '@toondepauw/node-zstd', required: false },
  { name: 'lz4-napi', required: false },
];

/**
 * The package that holds the binary of one of the packages above for one target.
 *
 * @type {Record<string, (target: import('./targets.mjs').Target) => string>}
 */
const BINARY_PACKAGES = {
  '@parcel/watcher': ({ os, cpu, libc }) =>
    `@parcel/watcher-${[os, cpu, libc].filter(Boolean).join('-')}`,
  '@toondepauw/node-zstd': (target) => `@toondepauw/node-zstd-${napiTriple(target)}`,
  'lz4-napi': (target) => `@antoniomuso/lz4-napi-${napiTriple(target)}`,
};

/** Needed to build a package, never to run it. */
const BUILD_ONLY = new Set(['napi-macros', 'node-addon-api']);
const SOURCE_FOLDERS = new Set(['deps', 'src', 'scripts', 'test', 'tests', '.github', 'bin']);
const RUNTIME_FILE = /\.(?:[cm]?js|json|node)$/;
const LICENCE_FILE = /^(?:licen[cs]e|copying|notice)/i;

/** @param {import('./targets.mjs').Target} target */
function napiTriple({ os, cpu, libc }) {
  if (os === 'linux') return `linux-${cpu}-${libc === 'musl' ? 'musl' : 'gnu'}`;
  return os === 'win32' ? `win32-${cpu}-msvc` : `${os}-${cpu}`;
}

/**
 * Finds a package as Node would from `from`, but never above `root`.
 *
 * @param {string} name
 * @param {string} from
 * @param {string} root the folder that holds the outermost `node_modules`
 * @returns {string | undefined}
 */
function findPackage(name, from, root) {
  for (let folder = from; ; folder = path.dirname(folder)) {
    const candidate = path.join(folder, 'node_modules', name);
    if (existsSync(path.join(candidate, 'package.json'))) return candidate;
    if (folder === root || folder === path.dirname(folder)) return undefined;
  }
}

/**
 * Every package folder that the native packages need at run time on a target.
 *
 * @param {string} root
 * @param {import('./targets.mjs').Target} target
 */
function runtimePackages(root, target) {
  /** @type {Set<string>} */
  const folders = new Set();
  /** @type {string[]} */
  const missing = [];

  /** @param {string} folder */
  const add = (folder) => {
    if (folders.has(folder)) return;
    folders.add(folder);
    const manifest = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8'));
    for (const name of Object.keys(manifest.dependencies ?? {})) {
      if (BUILD_ONLY.has(name)) continue;
      const found = findPackage(name, folder, root);
      if (found === undefined) throw new Error(`${manifest.name} needs ${name}: not installed`);
      add(found);
    }
  };

  for (const { name, required } of NATIVE_PACKAGES) {
    const names = [name, BINARY_PACKAGES[name]?.(target)].filter((part) => part !== undefined);
    const found = names.map((part) => findPackage(part, root, root));
    const absent = names.filter((_, index) => found[index] === undefined);
    if (absent.length === 0) {
      for (const folder of found) if (folder !== undefined) add(folder);
    } else if (required) {
      throw new Error(`${absent.join(', ')} is not installed for ${target.vsce}: run "npm ci"`);
    } else {
      missing.push(...absent);
    }
  }
  return { folders, missing };
}

/**
 * Whether one of classic-level's `prebuilds/` entries is for a target. The names are
 * `<os>-<cpu>[+<cpu>]/<name>[.musl].node`.
 *
 * @param {string} folderName
 * @param {string} fileName
 * @param {import('./targets.mjs').Target} target
 */
function isPrebuildFor(folderName, fileName, { os, cpu, libc }) {
  const [prebuiltOs, cpus = ''] = folderName.split('-');
  if (prebuiltOs !== os || !cpus.split('+').includes(cpu)) return false;
  return fileName.split('.').includes('musl') === (libc === 'musl');
}

/**
 * Copies the native packages into `<dist>/node_modules`, with the binaries of one target only.
 *
 * @param {{ root: string, dist: string, target: import('./targets.mjs').Target }} options `root`
 *   holds the `node_modules` to copy from
 * @returns {{ missing: string[] }} optional packages that have no binary here
 * @throws when a required package or its binary is missing
 */
export function copyNativePackages({ root, dist, target }) {
  const { folders, missing } = runtimePackages(root, target);
  const to = path.join(dist, 'node_modules');
  const stamp = path.join(to, '.packages.json');
  const content = JSON.stringify({ target, packages: [...folders].map(nameAndVersion) });
  // An agent that runs from here has these files open, and Windows does not let go of those.
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === content) return { missing };
  rmSync(to, { recursive: true, force: true });
  for (const folder of folders) {
    const relative = path.relative(path.join(root, 'node_modules'), folder);
    copyPackage(folder, path.join(to, relative), target);
  }
  const binaries = path.join(to, 'classic-level', 'prebuilds');
  if (!existsSync(binaries)) throw new Error(`classic-level has no binary for ${target.vsce}`);
  writeFileSync(stamp, content);
  return { missing };
}

/** @param {string} folder */
function nameAndVersion(folder) {
  const { name, version } = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8'));
  return `${name}@${version}`;
}

/**
 * @param {string} from
 * @param {string} to
 * @param {import('./targets.mjs').Target} target
 */
function copyPackage(from, to, target) {
  for (const entry of readdirSync(from, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const file = path.join(entry.parentPath, entry.name);
    const parts = path.relative(from, file).split(path.sep);
    if (parts.includes('node_modules') || SOURCE_FOLDERS.has(parts[0] ?? '')) continue;
    if (parts[0] === 'prebuilds' && !isPrebuildFor(parts[1] ?? '', entry.name, target)) continue;
    if (!RUNTIME_FILE.test(entry.name) && !LICENCE_FILE.test(entry.name)) continue;
    const copy = path.join(to, ...parts);
    mkdirSync(path.dirname(copy), { recursive: true });
    cpSync(file, copy);
  }
}
