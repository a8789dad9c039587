import { brokenLink } from './broken-link';
import { brokenPromise } from './broken-promise';
import { cutOffWrites } from './cut-off-writes';
import { damagedFiles } from './damaged-files';
import { damagedHead } from './damaged-head';
import { damagedIndex } from './damaged-index';
import { damagedObjects } from './damaged-objects';
import { damagedPacks } from './damaged-packs';
import { damagedRefs } from './damaged-refs';
import type { Detector, DetectorContext, GitFault, GitPlace } from './detector';
import { foreignOwner } from './foreign-owner';
import { deadFsmonitor } from './fsmonitor';
import { leftBehind } from './left-behind';
import { lfsPointers } from './lfs-pointers';
import { lostSubmodule } from './lost-submodule';
import { markedBare } from './marked-bare';
import { missingBlobs } from './missing-blobs';
import { missingHead } from './missing-head';
import { ObjectFolders } from './object-folders';
import { staleLocks } from './stale-lock';
import { messageOf } from '../../support/errors';
import type { Log } from '../../support/log';
import type { FaultId } from '../catalogue';

/** What all detectors of a scope found. */
export interface Detected {
  readonly faults: readonly GitFault[];
  readonly covers: readonly FaultId[];
  /** Of these, those whose detector could not look. */
  readonly unknown: readonly FaultId[];
  /** Look again soon: a lock is there that may be left over. */
  readonly again: boolean;
}

/** All that looks for faults in git's own files, with what it remembers. */
export class Detectors {
  readonly #detectors: readonly Detector[];
  readonly #locks: readonly ReturnType<typeof staleLocks>[];
  readonly #log: Log;

  constructor(context: DetectorContext & { readonly log: Log }) {
    this.#log = context.log;
    this.#locks = [staleLocks('worktree', context), staleLocks('repository', context)];
    this.#detectors = [
      ...this.#locks,
      damagedIndex(),
      damagedHead(),
      damagedFiles('worktree'),
      damagedFiles('repository'),
      damagedRefs(),
      damagedObjects(context),
      damagedPacks(context.clock),
      missingBlobs(),
      missingHead(),
      markedBare(),
      brokenLink(),
      lostSubmodule(),
      foreignOwner(context),
      brokenPromise(),
      lfsPointers(),
      deadFsmonitor(context),
      leftBehind(),
      cutOffWrites(context),
    ];
  }

  /** Looks at a worktree, or at the repository that it belongs to. Never rejects. */
  async look(scope: Detector['scope'], place: GitPlace): Promise<Detected> {
    const faults: GitFault[] = [];
    const covers: FaultId[] = [];
    const unknown: FaultId[] = [];
    const objects = new ObjectFolders(place.commonDir);
    for (const detector of this.#detectors) {
      if (detector.scope !== scope) continue;
      covers.push(...detector.faults);
      try {
        faults.push(...(await detector.detect(place, objects)));
      } catch (error) {
        unknown.push(...detector.faults);
        this.#log.debug('Something of git cannot be looked at', {
          path: place.path,
          faults: detector.faults,
          why: messageOf(error),
        });
      }
    }
    const again = this.#locks.some((one) => one.scope === scope && one.pending(place));
    return { faults, covers, unknown, again };
  }
}
