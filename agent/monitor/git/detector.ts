import type { Clock } from '../../support/clock';
import type { Git } from '../../worktrees/git';
import type { FaultId } from '../catalogue';
import type { FindingDetails } from '../finding';
import type { ObjectFolders } from './object-folders';

/** A worktree's places, absolute. */
export interface GitPlace {
  readonly path: string;
  readonly gitDir: string;
  readonly commonDir: string;
  readonly role: 'main' | 'linked';
}

/** What a detector found, without what the catalogue knows of it. */
export interface GitFault {
  readonly fault: FaultId;
  /** Path of the file, or name of the ref, that it is about. */
  readonly part: string;
  readonly message: string;
  readonly details?: FindingDetails;
}

/**
 * Looks for faults in git's own files. Reads only: no lock, nothing written; at most a few
 * milliseconds once it has looked. Remembers what it needs to be quick the next time.
 */
export interface Detector {
  /** What it looks for. */
  readonly faults: readonly FaultId[];
  /** Of the repository (once for all its worktrees), or of each worktree. */
  readonly scope: 'repository' | 'worktree';
  detect(place: GitPlace, objects: ObjectFolders): Promise<GitFault[]>;
}

/** What detectors take from the machine. */
export interface DetectorContext {
  readonly clock: Clock;
  /** Only for what files cannot tell, and then rarely. */
  readonly git: Git;
}
