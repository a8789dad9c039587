import { lstatSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { parseBlobId } from '../../repository/blob-id';
import type { Repository } from '../../repository/repository';
import { decodeName, toFsPath } from '../../support/names';
import type { StageItem } from './planner';
import { breathe, chunksOf, type StageContext } from './stage';
import { CHECK_TASK, type CheckedFile } from './stage-task';
import type { Content } from './work';

const BATCH = 1000;
const BURST = 256;

/** A file to be read back. `mode`: its permission bits, or null where they do not matter. */
export interface ExpectedFile {
  readonly path: string;
  readonly mode: number | null;
  readonly content: Content;
}

/** Which of these `total` files do not hold what they should; absolute paths. */
export async function filesThatDiffer(
  files: Iterable<ExpectedFile>,
  total: number,
  { repository, pool, report, ahead }: Omit<StageContext, 'signal'>,
): Promise<string[]> {
  if (total === 0) return [];
  const wrong: string[] = [];
  const left = files[Symbol.iterator]();
  let done = 0;
  const run = (): Promise<null> =>
    pool.run(CHECK_TASK, null, {
      ahead,
      answer: async (result) => {
        done += result.files;
        wrong.push(...result.wrong);
        report({ phase: 'verifying', done, total, unit: 'files' });
        const checked: CheckedFile[] = [];
        while (checked.length < BATCH) {
          const next = left.next();
          if (next.done === true) break;
          const { path, mode, content } = next.value;
          checked.push({ path, mode, chunks: await chunksOfContent(repository, content) });
        }
        return checked.length === 0 ? null : checked;
      },
    });
  const threads = total <= BATCH ? 1 : pool.size;
  await Promise.all(Array.from({ length: threads }, run));
  return wrong;
}

async function chunksOfContent(
  repository: Repository,
  content: Content,
): Promise<CheckedFile['chunks']> {
  if (content.id === null) return [];
  const id = parseBlobId(content.id);
  if (!content.chunked) return [{ id, length: content.size }];
  const chunks = await chunksOf(repository, id);
  return chunks.map((chunk) => ({ id: chunk.id, length: chunk.location.length }));
}

/** Paths of written folders and links that are not as they should be; files are read by {@link filesThatDiffer}. */
export async function entriesThatDiffer(
  root: string,
  items: readonly StageItem[],
): Promise<string[]> {
  const wrong: string[] = [];
  let looked = 0;
  for (const { path, entry } of items) {
    if (entry.kind === 'file') continue;
    if (++looked % BURST === 0) await breathe();
    if (!isAs(join(root, path), entry)) wrong.push(path);
  }
  return wrong;
}

function isAs(path: string, entry: Exclude<StageItem['entry'], { kind: 'file' }>): boolean {
  const found = lstatSync(toFsPath(path), { throwIfNoEntry: false });
  if (found === undefined) return false;
  // Windows keeps only whether a file may be written.
  const bits = process.platform === 'win32' ? 0 : 0o777;
  if (entry.kind === 'folder')
    return found.isDirectory() && ((found.mode ^ entry.mode) & bits) === 0;
  return (
    found.isSymbolicLink() &&
    decodeName(readlinkSync(toFsPath(path), { encoding: 'buffer' })) === entry.target
  );
}
