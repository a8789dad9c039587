import { readdir, readFile, readlink } from 'node:fs/promises';
import { basename } from 'node:path';
import type { GitPlace } from './detector';

/** Whether a git process may be at work in a place. */
export type LiveGit = 'yes' | 'no' | 'unknown';

/**
 * Looks for git processes that work there: by their folder, their arguments and their `GIT_DIR`. A
 * `git commit` that waits for an editor holds its lock with no file open, so open files tell nothing.
 * Linux only; `unknown` where processes cannot be read.
 */
export async function liveGitAt(place: GitPlace): Promise<LiveGit> {
  if (process.platform !== 'linux') return 'unknown';
  let pids: string[];
  try {
    pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  } catch {
    return 'unknown';
  }
  let answer: LiveGit = 'no';
  for (const pid of pids) {
    const found = await lookAt(`/proc/${pid}`, place);
    if (found === 'yes') return 'yes';
    if (found === 'unknown') answer = 'unknown';
  }
  return answer;
}

async function lookAt(folder: string, { path, gitDir, commonDir }: GitPlace): Promise<LiveGit> {
  let args: string[];
  try {
    args = (await readFile(`${folder}/cmdline`, 'latin1')).split('\0');
  } catch {
    // It has ended.
    return 'no';
  }
  const program = basename(args[0] ?? '');
  if (!/^git(?:-|$)/.test(program)) return 'no';
  const bytes = (text: string): string => Buffer.from(text, 'utf8').toString('latin1');
  const places = [path, gitDir, commonDir].map(bytes);
  if (args.some((arg) => places.some((one) => arg.includes(one)))) return 'yes';
  try {
    const cwd = bytes(await readlink(`${folder}/cwd`));
    if (places.some((one) => cwd === one || cwd.startsWith(`${one}/`))) return 'yes';
    const environment = await readFile(`${folder}/environ`, 'latin1');
    const isOurs = environment
      .split('\0')
      .some((entry) => /^GIT_(?:DIR|WORK_TREE|INDEX_FILE)=/.test(entry) && hasAny(entry, places));
    return isOurs ? 'yes' : 'no';
  } catch {
    // Somebody else's: it may be at work there all the same.
    return 'unknown';
  }
}

function hasAny(text: string, places: readonly string[]): boolean {
  return places.some((one) => text.includes(one));
}
