import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { MadeFault } from './git-faults';
import { git } from './git-inventory';
import type { Where } from './git-lab';
import { cut, flip, offsetIn, packAll, packOf, spoil } from './spoil';

/** Behind the header of an object in a pack and that of what is compressed, bytes. */
const IN_CONTENT = 12;

const LINKED: readonly Where[] = ['linked', 'nested', 'detached'];

/** What is no damage, and is mended only when a person takes up what is offered. */
export const OFFERED_FAULTS: readonly MadeFault[] = [
  {
    row: 13,
    name: 'commits of a detached HEAD on no branch',
    found: ['git.commits-nowhere-else'],
    where: ['detached'],
    works: ['dirty', 'staged'],
    offered: true,
    // A branch more, and nothing less.
    grows: ['refs', 'log refs/heads/'],
    make: () => undefined,
  },
  {
    row: 15,
    name: 'a stash popped in the wrong worktree',
    found: ['git.stash-elsewhere'],
    where: LINKED,
    works: ['dirty', 'staged'],
    offered: true,
    bringsBack: ['stashes', 'refs', 'commits'],
    make: (lab) => void git(lab.target, 'stash', 'pop', '-q'),
  },
  {
    row: 17,
    name: 'a folder left behind by worktree remove',
    found: ['worktree.left-behind'],
    where: LINKED,
    offered: true,
    bringsBack: [],
    removes: true,
    make: (lab) => {
      git(lab.repo, 'worktree', 'remove', '--force', lab.target);
      mkdirSync(join(lab.target, 'build'), { recursive: true });
      writeFileSync(join(lab.target, 'build', 'late.o'), 'written while git removed it');
    },
  },
  {
    row: 18,
    name: 'the monitor of git died',
    found: ['git.fsmonitor-dead'],
    offered: true,
    make: (lab) => {
      const socket = join(lab.gitDir, 'fsmonitor--daemon.ipc');
      const code = `require('node:net').createServer().listen(process.argv[1], () => process.kill(process.pid, 'SIGKILL'))`;
      try {
        execFileSync(process.execPath, ['-e', code, socket], { stdio: 'ignore' });
      } catch {
        // It leaves its socket behind.
      }
      git(lab.repo, 'config', 'core.fsmonitor', 'true');
    },
  },
  {
    row: 20,
    name: 'files that git never finished writing',
    found: ['git.write-cut-off'],
    offered: true,
    make: (lab) => {
      const folder = join(lab.commonDir, 'objects', 'ab');
      mkdirSync(folder, { recursive: true });
      const path = join(folder, 'tmp_obj_0bulwA');
      writeFileSync(path, 'cut off');
      const old = Date.now() / 1000 - 7200;
      utimesSync(path, old, old);
    },
  },
  {
    row: 16,
    name: 'a submodule leads nowhere',
    found: ['git.submodule-lost'],
    where: ['main'],
    prepare: (lab) => {
      const library = join(lab.repo, '..', 'library');
      git(lab.repo, 'clone', '-q', '--bare', lab.repo, library);
      git(lab.repo, 'submodule', '--quiet', 'add', '-f', library, 'module');
    },
    make: (lab) => {
      const config = join(lab.commonDir, 'modules', 'module', 'config');
      git(lab.repo, 'config', '--file', config, 'core.worktree', '../../../nowhere');
    },
  },
];

/** Packs: the backup has the same pack, or only what the pack was made from. */
export const PACK_FAULTS: readonly MadeFault[] = [
  {
    row: 'other',
    name: 'a pack with a flipped bit',
    found: ['git.pack-damaged'],
    prepare: packAll,
    make: (lab) => flip(packOf(lab.commonDir)),
  },
  {
    row: 'other',
    name: 'a pack cut short',
    found: ['git.pack-damaged'],
    prepare: packAll,
    make: (lab) => cut(packOf(lab.commonDir)),
  },
  {
    row: 'other',
    name: 'a pack with a flipped bit, packed after the backup',
    found: ['git.pack-damaged'],
    make: (lab) => {
      packAll(lab);
      flip(packOf(lab.commonDir));
    },
  },
  {
    row: 'other',
    name: 'a pack in which the commit of HEAD is spoilt, packed after the backup',
    found: ['git.pack-damaged'],
    make: (lab) => {
      packAll(lab);
      const pack = packOf(lab.commonDir);
      const head = git(lab.target, 'rev-parse', 'HEAD').trim();
      flip(pack, offsetIn(lab, pack, head) + IN_CONTENT);
    },
  },
  {
    row: 'other',
    name: 'the index of a pack is garbage',
    found: ['git.pack-damaged'],
    make: (lab) => {
      packAll(lab);
      spoil(packOf(lab.commonDir).replace(/pack$/, 'idx'), Buffer.alloc(1200, 5));
    },
  },
  {
    row: 'other',
    name: 'a pack and its index deleted',
    found: ['git.object-missing', 'git.index-object-missing', 'git.ref-damaged', 'git.unreadable'],
    prepare: packAll,
    make: (lab) => {
      const pack = packOf(lab.commonDir);
      rmSync(pack);
      rmSync(pack.replace(/pack$/, 'idx'));
    },
  },
];
