import { createHash } from 'node:crypto';
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { buildCommand, isBuilt, root } from '../run/checkout.mjs';
import { duration, excerpt, working } from '../run/lines.mjs';
import { npmCommand, runCaptured } from '../run/process.mjs';
import { copyNativePackages } from './native.mjs';
import { currentTarget, TARGETS } from './targets.mjs';

const USAGE = `Usage: npm run package -- [--all | --target TARGET…] [--no-build]

Makes bulwark-<target>-<version>.vsix, with the agent and its native parts, for this platform.
--all          for every supported platform
--target NAME  for these: ${TARGETS.map(({ vsce }) => vsce).join(', ')}
--no-build     takes dist/ as it is`;

/** What programs import that embed the agent: of no use in VS Code. */
const FOR_PROGRAMS = new Set(['index.js', 'worker-script.js']);

/** @typedef {import('./targets.mjs').Target} Target */

/**
 * `npm run package`.
 *
 * @param {readonly string[]} args
 * @returns {Promise<number>} the exit code
 */
export async function packageExtension(args) {
  if (args.includes('--help')) {
    console.log(USAGE);
    return 0;
  }
  const asked = targetsOf(args);
  if (typeof asked === 'string') {
    console.error(`${asked}\n\n${USAGE}`);
    return 2;
  }
  if (!args.includes('--no-build') && !isBuilt()) await step('build', buildCommand(), root);
  for (const target of asked) {
    const file = await packageFor(target);
    const size = (statSync(file).size / 1e6).toFixed(1);
    console.log(`${path.relative(process.cwd(), file)} (${size} MB)`);
  }
  return 0;
}

/**
 * @param {readonly string[]} args
 * @returns {Target[] | string} or what is wrong with the arguments
 */
function targetsOf(args) {
  const own = currentTarget();
  /** @type {Set<Target>} */
  const targets = new Set();
  for (let index = 0; index < args.length; index += 1) {
    const arg = args[index];
    if (arg === '--no-build') continue;
    if (arg === '--all') {
      for (const target of TARGETS) targets.add(target);
    } else if (arg === '--target') {
      const name = args[(index += 1)];
      const found = TARGETS.find(({ vsce }) => vsce === name);
      if (found === undefined) return `There is no target ${name}.`;
      targets.add(found);
    } else {
      return `There is no option ${arg}.`;
    }
  }
  if (targets.size > 0) {
    // This platform's last, so that the newest VSIX is one that can be tried here.
    return [...targets].sort((a, b) => Number(a === own) - Number(b === own));
  }
  return own === undefined
    ? `There are no native parts for ${process.platform}-${process.arch}.`
    : [own];
}

/**
 * @param {Target} target
 * @returns {Promise<string>} the VSIX
 */
async function packageFor(target) {
  const own = currentTarget();
  const source = target === own ? root : await fetchNativePackages(target);
  const stage = path.join(root, '.cache', 'package', target.vsce);
  rmSync(stage, { recursive: true, force: true });
  mkdirSync(path.join(stage, 'dist'), { recursive: true });

  const manifest = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
  writeFileSync(path.join(stage, 'package.json'), JSON.stringify(shipped(manifest), null, 2));
  for (const name of ['README.md', 'CHANGELOG.md', 'LICENSE', '.vscodeignore']) {
    if (existsSync(path.join(root, name)))
      copyFileSync(path.join(root, name), path.join(stage, name));
  }
  cpSync(path.join(root, 'media'), path.join(stage, 'media'), { recursive: true });
  for (const name of readdirSync(path.join(root, 'dist'))) {
    if (/\.(?:js|css|txt)$/.test(name) && !FOR_PROGRAMS.has(name)) {
      copyFileSync(path.join(root, 'dist', name), path.join(stage, 'dist', name));
    }
  }
  const { missing } = copyNativePackages({ root: source, dist: path.join(stage, 'dist'), target });
  if (missing.length > 0) throw new Error(`${target.vsce} lacks ${missing.join(', ')}`);

  const { createVSIX } = await import('@vscode/vsce');
  const file = path.join(root, `${manifest.name}-${target.vsce}-${manifest.version}.vsix`);
  const line = working(`package for ${target.vsce}`);
  // Its chatter is of no interest; what is wrong comes as an error.
  const log = console.log;
  console.log = () => undefined;
  try {
    await createVSIX({
      cwd: stage,
      packagePath: file,
      target: target.vsce,
      dependencies: false,
      allowMissingRepository: true,
      rewriteRelativeLinks: false,
    });
  } finally {
    console.log = log;
    line.end();
  }
  return file;
}

/**
 * The manifest without what is of use in a checkout only.
 *
 * @param {Record<string, unknown>} manifest
 */
function shipped(manifest) {
  const dropped = new Set([
    'scripts',
    'dependencies',
    'devDependencies',
    'private',
    'bin',
    'exports',
    'types',
    'files',
  ]);
  return Object.fromEntries(Object.entries(manifest).filter(([name]) => !dropped.has(name)));
}

/**
 * Installs the runtime packages of another platform into a folder of their own, as the lock file
 * says (npm checks their hashes).
 *
 * @param {Target} target
 * @returns {Promise<string>} the folder that holds their node_modules
 */
async function fetchNativePackages(target) {
  const lock = readFileSync(path.join(root, 'package-lock.json'));
  const key = createHash('sha256').update(lock).digest('hex').slice(0, 16);
  const folder = path.join(root, '.cache', 'native', `${target.vsce}-${key}`);
  if (existsSync(folder)) return folder;
  const partial = `${folder}.partial-${process.pid}`;
  rmSync(partial, { recursive: true, force: true });
  mkdirSync(partial, { recursive: true });
  for (const name of ['package.json', 'package-lock.json', '.npmrc']) {
    copyFileSync(path.join(root, name), path.join(partial, name));
  }
  const platform = [`--os=${target.os}`, `--cpu=${target.cpu}`];
  if (target.libc !== undefined) platform.push(`--libc=${target.libc}`);
  const args = ['ci', '--omit=dev', '--include=optional', '--ignore-scripts', ...platform];
  try {
    await step(`native parts for ${target.vsce}`, npmCommand(args), partial);
    renameSync(partial, folder);
  } finally {
    rmSync(partial, { recursive: true, force: true });
  }
  return folder;
}

/**
 * @param {string} name
 * @param {readonly string[]} command
 * @param {string} cwd
 */
async function step(name, command, cwd) {
  const line = working(name);
  const { code, output, ms, stopped } = await runCaptured(command, { cwd });
  line.end();
  if (code === 0) {
    console.log(`${name}: ${duration(ms)}`);
    return;
  }
  throw new Error(`${name} ${stopped ?? `ended with ${code}`}\n${excerpt(output, { lines: 40 })}`);
}
