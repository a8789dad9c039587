import type { SnapshotRecord } from '../../repository/record';
import type { Repository } from '../../repository/repository';
import type { TreeEntry } from '../../repository/tree';
import { diffTrees } from '../restore/diff';
import { rootOf } from '../restore/snapshot-parts';

/** So many differences are looked at; what is more is counted by the totals. */
const LOOKED_AT = 20_000;

/** Files of a state that a later one does not have. */
export interface LostFiles {
  readonly paths: readonly string[];
  /** More than the paths where there were too many to look at each. */
  readonly count: number;
}

export const NOTHING: LostFiles = { paths: [], count: 0 };

/**
 * What a state holds that a later one does not: files that are gone, and those with another content.
 * What only moved is not lost.
 * @param after null when nothing is there any more
 */
export async function lostFiles(
  repository: Repository,
  before: SnapshotRecord,
  after: SnapshotRecord | null,
): Promise<LostFiles> {
  const gone = new Map<string, string>();
  const came = new Set<string>();
  let looked = 0;
  const steps = diffTrees(
    (id) => repository.read(id),
    rootOf(before, 'files'),
    rootOf(after, 'files'),
  );
  for await (const step of steps) {
    if (step.kind !== 'changed') continue;
    looked += 1;
    if (looked > LOOKED_AT) break;
    const was = contentOf(step.from?.entry);
    const is = contentOf(step.to?.entry);
    if (was !== null && was !== is && !isLeftOut(step.to?.entry)) gone.set(step.path, was);
    if (is !== null) came.add(is);
  }
  const paths = [...gone].filter(([, content]) => !came.has(content)).map(([path]) => path);
  const fewer = filesIn(before) - filesIn(after);
  return { paths, count: looked > LOOKED_AT ? Math.max(paths.length, fewer) : paths.length };
}

/** What is lost without those that nobody misses. */
export function without(lost: LostFiles, kept: ReadonlySet<string>): LostFiles {
  const paths = lost.paths.filter((path) => !kept.has(path));
  return { paths, count: lost.count - (lost.paths.length - paths.length) };
}

/** How many files a state holds. */
export function filesIn(record: SnapshotRecord | null): number {
  const files = record?.roots.find(({ name }) => name === 'files');
  return files === undefined ? 0 : files.totals.files + files.totals.links;
}

/** An empty file is as much a file as any other, but nothing is lost with its content. */
function contentOf(entry: TreeEntry | undefined): string | null {
  if (entry?.kind === 'link') return `link ${entry.target}`;
  return entry?.kind === 'file' ? (entry.id ?? 'empty') : null;
}

function isLeftOut(entry: TreeEntry | undefined): boolean {
  return entry?.kind === 'excluded' || entry?.kind === 'nested';
}
