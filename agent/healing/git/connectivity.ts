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

/**
 * The tree of nothing, by its SHA-1 and its SHA-256: git has it in itself and writes it nowhere, but
 * its check calls it missing where an index without files remembers its tree.
 */
const EMPTY_TREES: ReadonlySet<string> = new Set([
  '4b825dc642cb6eb9a060e54bf8d69288fbee4904',
  '6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321',
]);

/** What no object is named by: a ref that holds nothing. */
const NOTHING = /^0+$/;

const MISSING = /^missing (?:blob|tree|commit|tag|unknown) ([0-9a-f]{40,64})$/;
/** Of a ref, or of the HEAD of any worktree, git does not say "missing". */
const POINTED_AT = /^error: \S+: invalid \w+ pointer ([0-9a-f]{40,64})$/;
const LOGGED = /^error: \S+: invalid reflog entry ([0-9a-f]{40,64})$/;

/** Objects that such lines call missing, and that are to be in the repository. */
export function missingIn(lines: readonly string[]): string[] {
  return idsIn(lines, [MISSING, POINTED_AT]);
}

/** Objects that only logs still name, and that such lines call missing. */
export function missingInLogs(lines: readonly string[]): string[] {
  return idsIn(lines, [LOGGED]);
}

function idsIn(lines: readonly string[], patterns: readonly RegExp[]): string[] {
  const ids = lines.flatMap((line) => patterns.flatMap((one) => one.exec(line)?.[1] ?? []));
  return [...new Set(ids)].filter((id) => !EMPTY_TREES.has(id) && !NOTHING.test(id));
}
