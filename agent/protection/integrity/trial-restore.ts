import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Repository } from '../../repository/repository';
import type { WorkerPool } from '../../support/worker-pool';
import { isAllowedName } from '../restore/allowed-names';
import { diffTrees, type DiffStep, type TreeRef } from '../restore/diff';
import { nameOf } from '../restore/path-filter';
import type { StageItem, WrittenEntry } from '../restore/planner';
import { stageItems, type Report } from '../restore/stage';
import { entriesThatDiffer, filesThatDiffer, type ExpectedFile } from '../restore/verify-target';

export interface TrialContext {
  readonly repository: Repository;
  readonly pool: WorkerPool;
  readonly signal: AbortSignal | undefined;
  readonly report: Report;
}

/** What is to be written, by path below the folder. Of two with one path the later is taken. */
export type TrialItems = Map<string, StageItem>;

/** Adds all of a tree. */
export async function addTree(
  items: TrialItems,
  { repository }: Pick<TrialContext, 'repository'>,
  tree: TreeRef,
  skip: (path: string) => boolean = () => false,
): Promise<void> {
  await addSteps(
    items,
    diffTrees((id) => repository.read(id), null, tree),
    skip,
  );
}

/** Adds what a comparison says is to be there. */
export async function addSteps(
  items: TrialItems,
  steps: AsyncIterable<DiffStep>,
  skip: (path: string) => boolean = () => false,
): Promise<void> {
  for await (const step of steps) {
    if (step.kind !== 'changed' || step.to === null || skip(step.path)) continue;
    const { entry, mtime } = step.to;
    if (!isWritten(entry) || !isAllowedName(nameOf(step.path), process.platform)) continue;
    items.set(step.path, { number: 0, below: step.path, path: step.path, entry, mtime });
  }
}

/** Bytes of all files. */
export function bytesOf(items: TrialItems): number {
  let bytes = 0;
  for (const { entry } of items.values()) if (entry.kind === 'file') bytes += entry.size;
  return bytes;
}

/**
 * Writes items with the code that every restore uses.
 * @param staging empty folder
 * @returns the folder that holds them
 * @throws BulwarkError `blob-missing`, `pack-damaged`, `disk-full` …
 */
export async function writeTrial(
  staging: string,
  items: TrialItems,
  context: TrialContext,
): Promise<string> {
  const root = join(staging, 'new', '0');
  await mkdir(root, { recursive: true, mode: 0o700 });
  // A folder comes before what is in it.
  const ordered = [...items.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
  await stageItems([{ staging, items: ordered }], context);
  return root;
}

/** Reads everything back and compares bytes, modes and links. @returns paths that are not as they should be */
export async function compareTrial(
  root: string,
  items: TrialItems,
  context: TrialContext,
): Promise<string[]> {
  const all = [...items.values()];
  const files: ExpectedFile[] = all.flatMap(({ path, entry }) =>
    entry.kind === 'file'
      ? [
          {
            path: join(root, path),
            mode: entry.mode,
            content: { size: entry.size, id: entry.id, chunked: entry.chunked },
          },
        ]
      : [],
  );
  const wrong = await filesThatDiffer(files, files.length, context);
  return [
    ...(await entriesThatDiffer(root, all)),
    ...wrong.map((path) => path.slice(root.length + 1)),
  ];
}

function isWritten(entry: { readonly kind: string }): entry is WrittenEntry {
  return entry.kind === 'file' || entry.kind === 'folder' || entry.kind === 'link';
}
