import { BulwarkError } from '../../support/errors';
import type { GitPlace } from '../../monitor/git/detector';
import type { Git } from '../../worktrees/git';

/** A large repository is not checked to its end, ms. */
const LIMIT_MS = 20_000;

/**
 * What `git fsck --connectivity-only` finds missing or broken, one line each; null where it took too
 * long. Of a partial clone nothing is told: what it has not is promised.
 */
export async function connectivity(
  git: Git,
  { gitDir, commonDir }: GitPlace,
): Promise<string[] | null> {
  try {
    const partial = await git.run({
      gitDir,
      lane: commonDir,
      args: ['config', '--get-regexp', '^(extensions\\.partialclone|remote\\..*\\.promisor)$'],
      okCodes: [0, 1, 128],
    });
    if (partial.stdout.length > 0) return [];
    const { stdout, stderr } = await git.run({
      gitDir,
      lane: commonDir,
      args: ['fsck', '--connectivity-only', '--no-dangling', '--no-progress'],
      timeoutMs: LIMIT_MS,
      okCodes: Array.from({ length: 256 }, (_, code) => code),
    });
    return `${stdout.toString('utf8')}\n${stderr}`
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== '' && !/^(?:notice|warning|hint|Checking)\b/.test(line));
  } catch (error) {
    if (error instanceof BulwarkError && error.reason === 'git-timeout') return null;
    throw error;
  }
}

/** Objects that such lines call missing. */
export function missingIn(lines: readonly string[]): string[] {
  const ids = lines.flatMap((line) => {
    const id = /^missing (?:blob|tree|commit|tag|unknown) ([0-9a-f]{40,64})$/.exec(line)?.[1];
    return id === undefined ? [] : [id];
  });
  return [...new Set(ids)];
}
