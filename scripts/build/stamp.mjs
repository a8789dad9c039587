import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** What the bundles are made of. Content counts, not times: a checkout sets times at random. */
const INPUTS = [
  'agent',
  'extension',
  'scripts/build',
  'package.json',
  'package-lock.json',
  'tsconfig.json',
  'webpack.config.js',
];

/**
 * @param {string} root
 * @returns {string} a hash that changes when a new build is needed
 */
function hashOfInputs(root) {
  const hash = createHash('sha256');
  hash.update(`${process.platform} ${process.arch}\0`);
  for (const input of INPUTS) {
    for (const file of filesIn(root, input)) {
      hash
        .update(`${file}\0`)
        .update(readFileSync(path.join(root, file)))
        .update('\0');
    }
  }
  return hash.digest('hex');
}

/**
 * @param {string} root
 * @param {string} input a file or folder, relative to root
 * @returns {string[]} files, relative to root, in a stable order
 */
function filesIn(root, input) {
  const full = path.join(root, input);
  if (!existsSync(full)) return [];
  if (path.extname(input) !== '') return [input];
  return readdirSync(full, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)))
    .sort();
}

/** @param {string} root */
const stampFile = (root) => path.join(root, 'dist', '.build-stamp');

/** Records what `dist/` was built from, once every bundle is there without an error. */
export class BuildStamp {
  #root;
  #bundles;
  #built = 0;
  #stamp = '';

  /**
   * @param {string} root
   * @param {{ bundles: number }} options how many bundles make a build
   */
  constructor(root, { bundles }) {
    this.#root = root;
    this.#bundles = bundles;
  }

  /** A bundle is about to be built: takes the sources as they are now. */
  begin() {
    if (this.#stamp !== '') return;
    this.#stamp = hashOfInputs(this.#root);
    rmSync(stampFile(this.#root), { force: true });
  }

  /** A bundle was built without an error. */
  succeed() {
    this.#built += 1;
    if (this.#built === this.#bundles) writeFileSync(stampFile(this.#root), this.#stamp);
  }
}

/**
 * @param {string} root
 * @returns {boolean} whether `dist/` was built from the sources as they are now
 */
export function isBuildFresh(root) {
  const file = stampFile(root);
  const outputs = [
    'dist/agent.js',
    'dist/agent.terminal.js',
    'dist/agent.mcp.js',
    'dist/agent.process.js',
    'dist/agent.worker.js',
    'dist/index.js',
    'dist/worker-script.js',
    'dist/types/index.d.ts',
    'dist/extension.js',
    'dist/extension.wire.js',
    'dist/health.js',
    'dist/node_modules',
  ];
  if (!existsSync(file) || !outputs.every((output) => existsSync(path.join(root, output)))) {
    return false;
  }
  return readFileSync(file, 'utf8') === hashOfInputs(root);
}
