import { join } from 'node:path';
import { checkIndex } from '../../monitor/git/index-format';
import { readUpTo, statOf } from '../../monitor/git/read-file';
import type { KeptFile } from '../../protection/git-backups';
import { displayName } from '../../support/names';
import { headOf } from '../../worktrees/head';
import type { Remedy } from '../remedy';
import { gitRemedy, type GitCase, type RemedyMaker } from './git-remedy';

/**
 * Failures 3 to 5: the index comes back from the newest state that fits the commit of HEAD, with what
 * was staged; else it is made again from HEAD, and what was staged is found as changed.
 */
export const indexFile: RemedyMaker = async (one) => {
  const remedies: Remedy[] = [];
  const kept = await keptIndex(one);
  if (kept !== null) remedies.push(fromBackup(one, kept));
  remedies.push(await fromHead(one));
  return remedies;
};

interface KeptIndex {
  readonly index: KeptFile;
  /** The shared part that it needs and that is not on disk. */
  readonly shared: KeptFile | null;
}

async function keptIndex(one: GitCase): Promise<KeptIndex | null> {
  const { place, backups } = one;
  const now = await readUpTo(join(place.gitDir, 'index'), 256 * 1024 * 1024);
  const head = await headOf(place);
  const commit = head.kind === 'unreadable' ? null : head.commit;
  for await (const state of backups.states(place.path)) {
    // Beside another commit, what was staged then would show as a change that takes it back.
    if (state.head !== null && state.head !== commit) return null;
    const index = await state.own('index');
    if (index === null) continue;
    const check = checkIndex(index.bytes, commit?.length === 64 ? 32 : 20);
    if (check.kind !== 'ok') continue;
    const same = now?.equals(index.bytes) === true;
    if (check.shared === null && !same) return { index, shared: null };
    if (check.shared === null) continue;
    const name = `sharedindex.${check.shared}`;
    if ((await statOf(join(place.gitDir, name))) !== null) {
      if (!same) return { index, shared: null };
      continue;
    }
    const shared = await state.own(name);
    if (shared !== null) return { index, shared };
  }
  return null;
}

function fromBackup({ place }: GitCase, { index, shared }: KeptIndex): Remedy {
  const path = join(place.gitDir, 'index');
  const part = shared === null ? null : join(place.gitDir, shared.path);
  return gitRemedy({
    id: 'git.index-from-backup',
    tier: 'after-snapshot',
    explain: `Put the index of ${displayName(place.path)} back as the newest backup has it, with what was staged`,
    touches: part === null ? [path] : [path, part],
    apply: async (bench) => {
      if (part !== null && shared !== null) await bench.put(part, shared.bytes, shared.mode);
      await bench.setAside(path);
      await bench.put(path, index.bytes, index.mode);
    },
  });
}

async function fromHead({ place }: GitCase): Promise<Remedy> {
  const { path: cwd, gitDir, commonDir } = place;
  const path = join(gitDir, 'index');
  const head = await headOf(place);
  const unborn = head.kind === 'branch' && head.commit === null;
  const merging = (await statOf(join(gitDir, 'MERGE_HEAD'))) !== null;
  const call = { cwd, lane: commonDir };
  return gitRemedy({
    id: 'git.index-from-head',
    // Conflicts that are not resolved yet are only in the index.
    tier: merging ? 'approval' : 'after-snapshot',
    explain: `Make the index of ${displayName(cwd)} again from its commit; what was staged stays in the files and is shown as changed`,
    touches: [path],
    apply: async (bench) => {
      await bench.setAside(path);
      await bench.git({ ...call, args: ['read-tree', unborn ? '--empty' : 'HEAD'] }, [path]);
      const refresh = ['update-index', '-q', '--no-split-index', '--refresh'];
      await bench.git({ ...call, args: refresh, okCodes: [0, 1] }, [path]);
    },
  });
}
