import { createHash } from 'node:crypto';
import type { SnapshotRecord } from '../../repository/record';
import type { Repository } from '../../repository/repository';
import { BulwarkError } from '../../support/errors';
import { decodeName } from '../../support/names';
import { findEntry } from '../restore/diff';
import { rootOf } from '../restore/snapshot-parts';
import type { GitAnswers } from './asked-once';

/** So many files are compared with git's; more than that are not reverted by hand. */
const COMPARED = 500;

/** So many in several goes; of what is beyond that nobody can tell. */
const MOST = 10 * COMPARED;

/** Files in as many goes as git is asked about them. */
export function* portions(paths: readonly string[]): Generator<readonly string[]> {
  const asked = paths.slice(0, MOST);
  for (let at = 0; at < asked.length; at += COMPARED) yield asked.slice(at, at + COMPARED);
}

/** So many places where HEAD has been are looked at: a rebase leaves some for each of its commits. */
const EARLIER_HEADS = 16;

/**
 * Which of these files of a state git has with the same bytes in a commit or in one that HEAD was at, so
 * that nothing is lost with them. Files that git changes when it checks them out (line ends, filters)
 * count as lost.
 * @param commit what git knows a commit by
 */
export async function keptByGit(
  context: { git: GitAnswers; repository: Repository },
  worktree: string,
  record: SnapshotRecord,
  paths: readonly string[],
  commit: string,
): Promise<ReadonlySet<string>> {
  const asked = paths.slice(0, COMPARED);
  const then = record.git?.head ?? null;
  const first = then === null ? [commit] : [commit, then];
  const kept = await sameIn(context, worktree, record, asked, first);
  if (kept.size === asked.length) return kept;
  // While git checks something out, files are of one commit and HEAD is of another.
  const left = asked.filter((path) => !kept.has(path));
  const heads = await earlierHeads(context.git, worktree);
  return new Set([...kept, ...(await sameIn(context, worktree, record, left, heads))]);
}

/** Which of these files of a state one of some commits has with the same bytes. */
export async function sameIn(
  { git, repository }: { git: GitAnswers; repository: Repository },
  worktree: string,
  record: SnapshotRecord,
  paths: readonly string[],
  commits: readonly string[],
): Promise<ReadonlySet<string>> {
  const files = rootOf(record, 'files');
  const kept = new Set<string>();
  if (files === null) return kept;
  const read = repository.read.bind(repository);
  const contents = new Map<string, Buffer | null>();
  const contentOf = async (path: string): Promise<Buffer | null> => {
    let bytes = contents.get(path);
    if (bytes === undefined) {
      const entry = (await findEntry(read, files, path))?.entry;
      const isWhole = entry?.kind === 'file' && !entry.chunked;
      bytes = !isWhole ? null : entry.id === null ? Buffer.alloc(0) : await read(entry.id);
      contents.set(path, bytes);
    }
    return bytes;
  };
  for (const commit of commits) {
    const left = paths.filter((path) => !kept.has(path));
    if (left.length === 0) break;
    for (const [path, id] of await blobsOf(git, worktree, commit, left)) {
      const bytes = await contentOf(path);
      if (bytes !== null && gitBlobId(bytes, id.length) === id) kept.add(path);
    }
  }
  return kept;
}

/** Where the HEAD of a worktree has been, the last place first. */
async function earlierHeads(git: GitAnswers, worktree: string): Promise<readonly string[]> {
  const args = ['rev-list', '--walk-reflogs', `--max-count=${String(EARLIER_HEADS)}`, 'HEAD'];
  try {
    const { stdout } = await git.run({ cwd: worktree, args, okCodes: [0, 128] });
    return [...new Set(stdout.toString('latin1').split('\n'))].filter((id) => id !== '');
  } catch (error) {
    if (!(error instanceof BulwarkError)) throw error;
    return [];
  }
}

/** Git's ids of those of these files that a commit has, by path; none where git does not answer. */
export async function blobsOf(
  git: GitAnswers,
  worktree: string,
  commit: string,
  paths: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const args = ['ls-tree', '-r', '-z', '--full-tree', commit, '--', ...paths];
  const found = new Map<string, string>();
  try {
    const { stdout } = await git.run({ cwd: worktree, args, okCodes: [0, 128] });
    for (const line of decodeName(stdout).split('\0')) {
      const [, id, path] = /^\d+ blob ([0-9a-f]+)\t(.+)$/s.exec(line) ?? [];
      if (id !== undefined && path !== undefined) found.set(path, id);
    }
  } catch (error) {
    if (!(error instanceof BulwarkError)) throw error;
  }
  return found;
}

/** Git's id of a file's content. @param digits of the repository's ids: 40 for SHA-1, 64 for SHA-256 */
function gitBlobId(bytes: Buffer, digits: number): string {
  const hash = createHash(digits === 40 ? 'sha1' : 'sha256');
  return hash
    .update(`blob ${String(bytes.length)}\0`)
    .update(bytes)
    .digest('hex');
}
