import { randomBytes } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TreeEntry } from '../../repository/tree';
import { decodeName } from '../../support/names';
import type { Git } from '../../worktrees/git';
import { splitNul } from '../../worktrees/worktree-list';
import type { ReadBlob } from './diff';
import { chunkIds } from './stage-task';

/** What stands for a submodule in an index; its commit is in another repository. */
const SUBMODULE = '160000 ';

/**
 * Whether an index names content that the repository does not have (any more):
 * what was staged is only in the objects, and git throws it away when nothing else names it.
 * An index that git cannot read alone answers no.
 */
export async function lacksObjects({
  git,
  read,
  scratch,
  commonDir,
  index,
}: {
  git: Git;
  read: ReadBlob;
  scratch: string;
  commonDir: string;
  index: TreeEntry;
}): Promise<boolean> {
  if (index.kind !== 'file' || index.id === null) return false;
  const pieces = index.chunked ? chunkIds(await read(index.id)) : [index.id];
  const bytes = [];
  for (const id of pieces) bytes.push(Buffer.from(await read(id)));
  await mkdir(scratch, { recursive: true, mode: 0o700 });
  const path = join(scratch, `index-${randomBytes(6).toString('hex')}.tmp`);
  await writeFile(path, Buffer.concat(bytes), { mode: 0o600 });
  try {
    const staged = await git.run({
      gitDir: commonDir,
      args: ['ls-files', '--stage', '-z'],
      env: { GIT_INDEX_FILE: path },
      okCodes: [0, 1, 128],
    });
    if (staged.code !== 0) return false;
    const ids = splitNul(staged.stdout)
      .map(decodeName)
      .filter((line) => !line.startsWith(SUBMODULE));
    const input = ids.map((line) => `${line.split(/[ \t]/)[1] ?? ''}\n`).join('');
    const { stdout } = await git.run({
      gitDir: commonDir,
      args: ['cat-file', '--batch-check'],
      input,
    });
    return stdout.includes(' missing\n');
  } finally {
    await rm(path, { force: true });
  }
}
