import type { FaultId } from '../../monitor/catalogue';
import type { Finding } from '../../monitor/finding';
import type { GitPlace } from '../../monitor/git/detector';
import type { GitBackups } from '../../protection/git-backups';
import type { Git } from '../../worktrees/git';
import type { Remedy, RemedySource } from '../remedy';
import { damagedFile } from './damaged-file';
import { damagedHead } from './damaged-head';
import { damagedObject } from './damaged-object';
import { damagedRef } from './damaged-ref';
import { derivedFiles } from './derived-files';
import type { RemedyMaker } from './git-remedy';
import { indexFile } from './index-file';
import { lostObjects } from './lost-objects';
import { lostSubmodule } from './lost-submodule';
import { markedBare } from './marked-bare';
import { missingObjects } from './missing-objects';
import { cutOffAside } from './offers/cut-off-files';
import { deadFsmonitor } from './offers/dead-fsmonitor';
import { leftFolder } from './offers/left-folder';
import { lfsFiles } from './offers/lfs-files';
import { poppedStash } from './offers/popped-stash';
import { strayCommits } from './offers/stray-commits';
import { damagedPack } from './packs/damaged-pack';
import { staleLock } from './stale-lock';
import { worktreeLink } from './worktree-link';

/** Who knows what to do about which fault. */
const MAKERS: Readonly<Partial<Record<FaultId, RemedyMaker>>> = {
  'git.lock-stale': staleLock,
  'git.index-damaged': indexFile,
  'git.index-part-missing': indexFile,
  'git.head-damaged': damagedHead,
  'git.ref-damaged': damagedRef,
  'git.object-empty': damagedObject,
  'git.object-corrupt': damagedObject,
  'git.object-missing': async (one) => [
    ...(await missingObjects(one)),
    ...(await damagedObject(one)),
  ],
  'git.pack-damaged': damagedPack,
  'git.index-object-missing': lostObjects,
  'git.file-damaged': damagedFile,
  'git.marked-bare': markedBare,
  'git.link-missing': worktreeLink,
  'git.link-elsewhere': worktreeLink,
  'git.admin-missing': worktreeLink,
  'git.worktree-moved': worktreeLink,
  'git.submodule-lost': lostSubmodule,
  'git.unreadable': async (one) => [...(await missingObjects(one)), ...(await derivedFiles(one))],
  'git.commits-nowhere-else': strayCommits,
  'git.stash-elsewhere': poppedStash,
  'git.write-cut-off': cutOffAside,
  'git.lfs-pointers': lfsFiles,
  'git.fsmonitor-dead': deadFsmonitor,
  'worktree.left-behind': leftFolder,
};

export interface GitRemediesOptions {
  readonly git: Git;
  readonly backups: GitBackups;
  /** The worktrees that are known just now. */
  places(): readonly GitPlace[];
}

/** Remedies for faults in git's own files. */
export class GitRemedies implements RemedySource {
  readonly #options: GitRemediesOptions;

  constructor(options: GitRemediesOptions) {
    this.#options = options;
  }

  async remediesFor(finding: Finding): Promise<readonly Remedy[]> {
    const make = MAKERS[finding.fault];
    const place = placeOf(finding, this.#options.places());
    if (make === undefined || place === null) return [];
    const { git, backups } = this.#options;
    const places = this.#options.places().filter((one) => one.commonDir === place.commonDir);
    return make({ finding, place, places, git, backups });
  }
}

/** The worktree that a finding is about; of a repository's, one of its worktrees. */
export function placeOf(
  { subject, details }: Finding,
  places: readonly GitPlace[],
): GitPlace | null {
  const of = (path: unknown): GitPlace | undefined => places.find((one) => one.path === path);
  const found =
    subject.kind === 'repository'
      ? places.find(({ commonDir }) => commonDir === subject.id)
      : (of(details['worktree']) ?? of(subject.group));
  return found ?? null;
}
