import { createHash, randomBytes } from 'node:crypto';
import * as fs from 'node:fs/promises';
import * as path from 'node:path';

const SCRIPT = 'agent.js';
/** The script and what it loads. */
const BUNDLE_FILE = /^agent\.(?:.*\.)?js$/;
const KEEP_UNUSED_MS = 24 * 3_600_000;

/**
 * Puts a copy of the built agent under `home`, and gives the path of its script.
 *
 * The agent outlives the window that starts it, while VS Code deletes an
 * extension's folder when it updates the extension: a program that runs from
 * there would lose the files it has yet to load, and on Windows the update
 * would fail. The copy's folder is named by version and content, so that two
 * builds of one version never mix.
 */
export async function ensureAgentCopy(
  dist: string,
  home: string,
  version: string,
): Promise<string> {
  const agents = path.join(home, 'agents');
  const target = path.join(agents, `${version}-${(await digestOf(dist)).slice(0, 12)}`);
  if (!(await exists(path.join(target, SCRIPT)))) {
    await fs.mkdir(agents, { recursive: true, mode: 0o700 });
    const partial = path.join(agents, `.copy-${randomBytes(8).toString('hex')}`);
    await fs.cp(dist, partial, {
      recursive: true,
      filter: (source) => isNeeded(path.relative(dist, source)),
    });
    await fs.rename(partial, target).catch(async (error: unknown) => {
      await fs.rm(partial, { recursive: true, force: true });
      // Another window was faster.
      if (!(await exists(path.join(target, SCRIPT)))) throw error;
    });
  }
  return path.join(target, SCRIPT);
}

/**
 * Deletes copies of other versions that nobody used for a day; `now` in
 * milliseconds since 1970. A copy that is missing is made again when needed.
 */
export async function pruneAgentCopies(
  home: string,
  keep: readonly string[],
  now: number,
): Promise<void> {
  const agents = path.join(home, 'agents');
  for (const name of await fs.readdir(agents).catch(() => [])) {
    if (keep.some((version) => name.startsWith(`${version}-`))) continue;
    const folder = path.join(agents, name);
    const stat = await fs.stat(folder).catch(() => null);
    if (stat === null || now - stat.mtimeMs < KEEP_UNUSED_MS) continue;
    // In use on Windows: another time.
    await fs.rm(folder, { recursive: true, force: true }).catch(() => undefined);
  }
}

/** Of all files of the agent's bundle: the script alone loads the others and hardly ever changes. */
async function digestOf(dist: string): Promise<string> {
  const digest = createHash('sha256');
  for (const name of (await fs.readdir(dist)).sort())
    if (BUNDLE_FILE.test(name)) digest.update(await fs.readFile(path.join(dist, name)));
  return digest.digest('hex');
}

/** The agent needs neither the extension's own bundle nor the maps for debuggers. */
function isNeeded(file: string): boolean {
  return !file.endsWith('.map') && !/^extension\.[^/\\]*$/.test(file);
}

async function exists(file: string): Promise<boolean> {
  return fs.access(file).then(
    () => true,
    () => false,
  );
}
