import {
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { git } from './git-inventory';
import type { Lab, Where, Work } from './git-lab';
import { spoil } from './spoil';

/** A fault that is made for real. */
export interface MadeFault {
  /** The row of the page of failures, or `other` for one that no page lists. */
  readonly row: number | 'other';
  readonly name: string;
  /** The id under which it is found; several where it shows in more than one way. */
  readonly found: readonly string[];
  /** Where it can happen; everywhere unless told. */
  readonly where?: readonly Where[];
  /** What the worktree can be in the middle of; anything unless told. */
  readonly works?: readonly Work[];
  /** Nothing is broken: mended only when the offer is taken up. */
  readonly offered?: true;
  /** Kinds of what may be more afterwards, but no less. */
  readonly grows?: readonly string[];
  /** What the fault itself changed is left so, but these come back. */
  readonly bringsBack?: readonly string[];
  /** The worktree is none any more afterwards. */
  readonly removes?: true;
  /** Done before the backup. */
  prepare?(lab: Lab): void;
  /** @returns where the worktree is afterwards, if it is elsewhere */
  make(lab: Lab): string | void;
}

const LINKED: readonly Where[] = ['linked', 'nested', 'detached'];

function lock(path: string): void {
  writeFileSync(path, '');
  const old = Date.now() / 1000 - 3600;
  utimesSync(path, old, old);
}

function objectPath({ commonDir }: Lab, id: string): string {
  return join(commonDir, 'objects', id.slice(0, 2), id.slice(2));
}

/** The blob of a file that only the index of the target has. */
function stagedBlob(lab: Lab): string {
  return git(lab.target, 'rev-parse', ':only-staged.txt').trim();
}

function stageOne({ target }: Lab): void {
  writeFileSync(join(target, 'only-staged.txt'), `staged in ${target}\n`);
  git(target, 'add', 'only-staged.txt');
}

/** The branch that the target is on, or another one. */
function branchOf({ target }: Lab): string {
  const name = git(target, 'rev-parse', '--abbrev-ref', 'HEAD').trim();
  return name === 'HEAD' ? 'other' : name;
}

export const MADE_FAULTS: readonly MadeFault[] = [
  {
    row: 1,
    name: 'index.lock left behind',
    found: ['git.lock-stale'],
    make: (lab) => lock(join(lab.gitDir, 'index.lock')),
  },
  {
    row: 2,
    name: 'HEAD.lock left behind',
    found: ['git.lock-stale'],
    make: (lab) => lock(join(lab.gitDir, 'HEAD.lock')),
  },
  {
    row: 2,
    name: 'lock of a branch left behind',
    found: ['git.lock-stale'],
    make: (lab) => lock(join(lab.commonDir, 'refs', 'heads', 'feature.lock')),
  },
  {
    row: 2,
    name: 'packed-refs.lock and config.lock left behind',
    found: ['git.lock-stale'],
    make: (lab) => {
      lock(join(lab.commonDir, 'packed-refs.lock'));
      lock(join(lab.commonDir, 'config.lock'));
    },
  },
  {
    row: 3,
    name: 'index empty',
    found: ['git.index-damaged'],
    make: (lab) => truncateSync(join(lab.gitDir, 'index'), 0),
  },
  {
    row: 3,
    name: 'index cut short',
    found: ['git.index-damaged'],
    make: (lab) => truncateSync(join(lab.gitDir, 'index'), 100),
  },
  {
    row: 3,
    name: 'index garbage',
    found: ['git.index-damaged'],
    make: (lab) => writeFileSync(join(lab.gitDir, 'index'), Buffer.alloc(500, 7)),
  },
  {
    row: 4,
    name: 'shared part of a split index gone',
    found: ['git.index-part-missing'],
    prepare: (lab) => void git(lab.target, 'update-index', '--split-index'),
    make: (lab) => {
      for (const name of readdirSync(lab.gitDir))
        if (name.startsWith('sharedindex.')) rmSync(join(lab.gitDir, name));
    },
  },
  {
    row: 5,
    name: 'blob of the index gone',
    found: ['git.object-missing', 'git.index-object-missing'],
    prepare: stageOne,
    make: (lab) => rmSync(objectPath(lab, stagedBlob(lab)), { force: true }),
  },
  {
    row: 6,
    name: 'staged blob empty',
    found: ['git.object-empty'],
    prepare: stageOne,
    make: (lab) => spoil(objectPath(lab, stagedBlob(lab)), ''),
  },
  {
    row: 6,
    name: 'commit empty',
    found: ['git.object-empty'],
    make: (lab) => spoil(objectPath(lab, git(lab.target, 'rev-parse', 'HEAD').trim()), ''),
  },
  {
    row: 6,
    name: 'commit of HEAD gone',
    found: ['git.object-missing'],
    make: (lab) =>
      rmSync(objectPath(lab, git(lab.target, 'rev-parse', 'HEAD').trim()), { force: true }),
  },
  {
    row: 6,
    name: 'tree corrupt',
    found: ['git.object-corrupt'],
    make: (lab) =>
      spoil(objectPath(lab, git(lab.target, 'rev-parse', 'HEAD^{tree}').trim()), 'garbage'),
  },
  {
    row: 7,
    name: 'branch empty',
    found: ['git.ref-damaged'],
    make: (lab) => writeFileSync(join(lab.commonDir, 'refs', 'heads', branchOf(lab)), ''),
  },
  {
    row: 7,
    name: 'branch of NUL',
    found: ['git.ref-damaged'],
    make: (lab) =>
      writeFileSync(join(lab.commonDir, 'refs', 'heads', branchOf(lab)), Buffer.alloc(41)),
  },
  {
    row: 8,
    name: 'HEAD empty',
    found: ['git.head-damaged'],
    make: (lab) => writeFileSync(join(lab.gitDir, 'HEAD'), ''),
  },
  {
    row: 9,
    name: 'core.bare leaked',
    found: ['git.marked-bare'],
    make: (lab) => void git(lab.repo, 'config', 'core.bare', 'true'),
  },
  {
    row: 10,
    name: '.git of a worktree deleted',
    found: ['git.link-missing'],
    where: LINKED,
    make: (lab) => rmSync(join(lab.target, '.git')),
  },
  {
    row: 11,
    name: 'worktree moved',
    found: ['git.worktree-moved'],
    where: LINKED,
    make: (lab) => {
      renameSync(lab.target, `${lab.target}-moved`);
      return `${lab.target}-moved`;
    },
  },
  {
    row: 12,
    name: 'git directory of a worktree deleted',
    found: ['git.admin-missing'],
    where: LINKED,
    make: (lab) => rmSync(lab.gitDir, { recursive: true }),
  },
  {
    row: 'other',
    name: 'config garbage',
    found: ['git.file-damaged'],
    make: (lab) => writeFileSync(join(lab.commonDir, 'config'), Buffer.alloc(80, 3)),
  },
  {
    row: 'other',
    name: 'packed-refs garbage',
    found: ['git.file-damaged'],
    prepare: (lab) => void git(lab.repo, 'pack-refs', '--all'),
    make: (lab) =>
      writeFileSync(
        join(lab.commonDir, 'packed-refs'),
        readFileSync(join(lab.commonDir, 'packed-refs')).subarray(0, 70),
      ),
  },
  {
    row: 'other',
    name: 'commondir of a worktree empty',
    found: ['git.file-damaged'],
    where: LINKED,
    make: (lab) => writeFileSync(join(lab.gitDir, 'commondir'), ''),
  },
];

/** Whether a fault can be made there at all. */
export function fits(fault: MadeFault, where: Where, work: Work): boolean {
  return (fault.where?.includes(where) ?? true) && (fault.works?.includes(work) ?? true);
}

/** A worktree that was moved or removed has no place for a second fault to be made in. */
export function goesWith({ row, name, removes }: MadeFault, second: string): boolean {
  if (row === 11 || row === 12 || removes === true || second === name) return false;
  return !(second.startsWith('index c') && name.includes('index'));
}
