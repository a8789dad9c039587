import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { isBuildFresh } from '../build/stamp.mjs';
import { currentLibc } from '../build/targets.mjs';
import { npmCommand } from './process.mjs';

export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..', '..');

/** `git worktree list -z`, which file names with line breaks need, came with this one. */
const OLDEST_GIT = [2, 36];

/**
 * @returns {{ version: string } | { problem: string }} git's version, or what is wrong with it in
 *   words for the user
 */
export function checkGit() {
  const { stdout, error } = spawnSync('git', ['--version'], { encoding: 'utf8' });
  if (error !== undefined) {
    return { problem: `git is not there: install it from https://git-scm.com (${error.message})` };
  }
  const version = /\d+(?:\.\d+)+/.exec(stdout)?.[0] ?? '0';
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [oldestMajor = 0, oldestMinor = 0] = OLDEST_GIT;
  if (major > oldestMajor || (major === oldestMajor && minor >= oldestMinor)) return { version };
  return {
    problem:
      `Bulwark needs git ${OLDEST_GIT.join('.')} or newer; this is ${version}. ` +
      'Get a newer one from https://git-scm.com.',
  };
}

/** The command that installs exactly what the lock file says, also for whoever leaves out tools. */
export function installCommand() {
  return npmCommand(['ci', '--include=dev', '--include=optional', '--no-audit', '--no-fund']);
}

/** The command that builds the bundles. */
export function buildCommand() {
  const cli = path.join(root, 'node_modules', 'webpack', 'bin', 'webpack.js');
  return [process.execPath, cli, '--mode', 'production'];
}

/** Whether `dist/` was built from the sources as they are now. */
export function isBuilt() {
  return isBuildFresh(root);
}

/**
 * Whether `node_modules` is what the lock file says, for this platform. By content: whoever
 * installed, and whatever the times of the files are.
 */
export function isInstalled() {
  const wanted = readLock(path.join(root, 'package-lock.json'));
  const present = readLock(path.join(root, 'node_modules', '.package-lock.json'));
  if (wanted === undefined || present === undefined) return false;
  return Object.entries(wanted).every(([place, entry]) => {
    if (place === '' || !isForThisPlatform(entry)) return true;
    return (
      present[place]?.version === entry.version &&
      existsSync(path.join(root, place, 'package.json'))
    );
  });
}

/**
 * @param {string} file
 * @returns {Record<string, LockEntry> | undefined}
 *
 * @typedef {{ version: string, optional?: boolean, os?: string[], cpu?: string[],
 *   libc?: string[] }} LockEntry
 */
function readLock(file) {
  if (!existsSync(file)) return undefined;
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages;
  } catch {
    return undefined;
  }
}

/** @param {LockEntry} entry */
function isForThisPlatform({ optional = false, os, cpu, libc }) {
  if (!optional) return true;
  // An optional package that is for every platform may be left out by npm for reasons of its own.
  if (os === undefined && cpu === undefined) return false;
  const has = (/** @type {string[] | undefined} */ names, /** @type {string | undefined} */ name) =>
    names === undefined || (name !== undefined && names.includes(name));
  return has(os, process.platform) && has(cpu, process.arch) && has(libc, currentLibc());
}
