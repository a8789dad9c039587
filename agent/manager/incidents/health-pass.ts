import { lstat, readdir } from 'node:fs/promises';
import type { HealthMonitor } from '../../monitor/health-monitor';
import type { DataProtectionLayer } from '../../protection/data-protection-layer';
import { errnoOf } from '../../support/errors';
import { toFsPath } from '../../support/names';
import {
  checkAlerts,
  checkPacks,
  checkProcesses,
  checkSources,
  type Disagreement,
  type KnownSource,
  type Reality,
} from './cross-checks';

/** The disk and the system as they are. */
export const REALITY: Reality = {
  async isThere(path) {
    try {
      await lstat(toFsPath(path));
      return true;
    } catch (error) {
      // What cannot be looked at is there, as far as anybody knows.
      return errnoOf(error) !== 'ENOENT' && errnoOf(error) !== 'ENOTDIR';
    }
  },
  async namesIn(folder) {
    try {
      return await readdir(toFsPath(folder));
    } catch {
      return [];
    }
  },
  isAlive(pid) {
    try {
      process.kill(pid, 0);
      return true;
    } catch (error) {
      return errnoOf(error) === 'EPERM';
    }
  },
};

export interface HealthPassOptions {
  readonly protection: Pick<DataProtectionLayer, 'guards'>;
  readonly health: Pick<HealthMonitor, 'components' | 'alerts'>;
  /** Packs that the catalog names, and those on the disk. */
  readonly packs: () => {
    readonly inCatalog: readonly string[];
    readonly onDisk: Promise<string[]>;
  };
  readonly reality: Reality;
}

/**
 * Compares what one part of the agent believes with what the others, the disk and the system say.
 * What two passes in a row find is told: things are on their way from one part to another.
 */
export class HealthPass {
  readonly #options: HealthPassOptions;
  #before: ReadonlySet<string> = new Set();

  constructor(options: HealthPassOptions) {
    this.#options = options;
  }

  /** One pass. */
  async run(): Promise<Disagreement[]> {
    const { protection, health, reality, packs } = this.#options;
    // First what is believed, then what is: what was made in between is on the disk by then.
    const sources = protection.guards().flatMap(({ source, cover, journal }): KnownSource[] =>
      source.kind === 'repository'
        ? []
        : [
            {
              id: source.id,
              path: source.path,
              group: source.path,
              isFailing: cover.kind === 'failing',
              behindMs: journal.behindMs,
              commonDir: source.kind === 'worktree' ? source.worktree.commonDir : null,
              gitDir: source.kind === 'worktree' ? source.worktree.gitDir : null,
            },
          ],
    );
    const components = health.components.list();
    const down = new Set(
      health.alerts
        .list()
        .filter(({ fault, phase }) => fault === 'component.down' && phase.kind === 'firing')
        .map(({ subject }) => subject.id),
    );
    const { inCatalog, onDisk } = packs();
    const found = [
      ...(await checkSources(sources, reality)),
      ...checkProcesses(components, reality),
      ...checkAlerts(components, down),
      ...checkPacks(inCatalog, new Set(await onDisk)),
    ];
    const told = found.filter(({ key }) => this.#before.has(key));
    this.#before = new Set(found.map(({ key }) => key));
    return told;
  }
}
