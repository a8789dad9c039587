import { BulwarkError } from '../../support/errors';
import { decodeName, encodeName } from '../../support/names';
import type { GitAnswers } from './asked-once';

/** Folders that builds and test runs fill, where no git says what is ignored. */
const OUTPUT_FOLDERS = new Set([
  'dist',
  'build',
  'out',
  'obj',
  'target',
  'coverage',
  'tmp',
  '.cache',
]);

/**
 * Which of these files a tool makes again, so that nobody misses them. Git's rules tell: what is
 * ignored together with its folder, or by a pattern with wildcards, is output; what is ignored by its
 * own name (an `.env`) is somebody's work. Where no git answers, well-known names of folders tell.
 * @param worktree its folder; null for a folder without git
 * @param paths relative, '/'-separated
 */
export async function buildOutput(
  git: GitAnswers,
  worktree: string | null,
  paths: readonly string[],
): Promise<ReadonlySet<string>> {
  if (worktree === null)
    return new Set(
      paths.filter((path) => path.split('/').some((part) => OUTPUT_FOLDERS.has(part))),
    );
  const input = encodeName(paths.map((path) => `${path}\0`).join(''));
  const args = ['check-ignore', '--stdin', '-z', '--verbose'];
  try {
    const { stdout } = await git.run({ cwd: worktree, args, input, okCodes: [0, 1] });
    return new Set(outputsIn(decodeName(stdout)));
  } catch (error) {
    // Without an answer everything counts: better one alert too many.
    if (error instanceof BulwarkError) return new Set();
    throw error;
  }
}

/** `source NUL line NUL pattern NUL path NUL` for each ignored path. */
function* outputsIn(answer: string): Generator<string> {
  const fields = answer.split('\0');
  for (let at = 0; at + 3 < fields.length; at += 4) {
    const pattern = fields[at + 2] ?? '';
    const path = fields[at + 3] ?? '';
    if (pattern === '' || pattern.startsWith('!')) continue;
    const name = pattern.replace(/\/$/, '').split('/').pop() ?? '';
    const ofFolder = pattern.endsWith('/') || name !== path.split('/').pop();
    if (ofFolder || /[*?[]/.test(name)) yield path;
  }
}
