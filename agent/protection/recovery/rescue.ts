import { join } from 'node:path';
import { FolderBlobStore } from '../../repository/copies/folder-blob-store';
import { importKey } from '../../repository/keys/keys-import';
import type { NewGuard } from '../../repository/keys/keys-change';
import { parseRecoveryKey } from '../../repository/keys/keys-recovery';
import type { SnapshotRecord } from '../../repository/record';
import { Repository } from '../../repository/repository';
import { verify, type VerifyReport } from '../../repository/verify/verify';
import type { Clock } from '../../support/clock';
import type { Log } from '../../support/log';
import { WorkerPool } from '../../support/worker-pool';
import { recoverPacks, type RecoveredPacks } from './recover-store';

/** The newest snapshot of one source in a recovered store, and how many there are. */
export interface RecoveredSource {
  readonly path: string;
  readonly kind: SnapshotRecord['source']['kind'];
  readonly snapshots: number;
  readonly newest: { readonly id: string; readonly createdAt: number };
}

export interface RecoveredStore extends RecoveredPacks {
  readonly storePath: string;
  readonly sources: readonly RecoveredSource[];
  readonly report: VerifyReport;
}

export interface RescueOptions {
  /** As it was printed. */
  readonly recoveryKey: string;
  /** A new passphrase; null for a key file. */
  readonly passphrase: string | null;
  /** Folder with all of the agent's state. */
  readonly home: string;
}

export interface RecoverRequest extends RescueOptions {
  /** Absolute folder of the replica. */
  readonly from: string;
  readonly replace: boolean;
  readonly signal: AbortSignal;
  readonly progress: (phase: 'copying' | 'verifying', done: number, total: number) => void;
}

/** What helps when no agent can run: the key is lost, or the whole machine. */
export class Rescue {
  readonly #script: string;
  readonly #clock: Clock;
  readonly #log: Log;

  /** @param script what worker threads run */
  constructor(options: { script: string; clock: Clock; log: Log }) {
    this.#script = options.script;
    this.#clock = options.clock;
    this.#log = options.log;
  }

  /**
   * Opens a store whose key was lost with its recovery key, and guards it anew.
   * @returns the key file, or null with a passphrase
   * @throws BulwarkError `wrong-key`, `replica-unknown`, `invalid-params` …
   */
  async importKey(options: RescueOptions): Promise<{ keyFile: string | null }> {
    const master = parseRecoveryKey(options.recoveryKey);
    const places = placesIn(options.home);
    const { guard } = await importKey(places, master, guardOf(options));
    return { keyFile: guard.kind === 'key-file' ? guard.path : null };
  }

  /**
   * Makes the store again from a replica, reads all of it back and lists what it holds.
   * @throws BulwarkError as `recoverPacks`
   */
  async recover(request: RecoverRequest): Promise<RecoveredStore> {
    const { from, replace, signal, progress, passphrase } = request;
    const places = placesIn(request.home);
    const recovered = await recoverPacks({
      ...places,
      from: new FolderBlobStore(from),
      master: parseRecoveryKey(request.recoveryKey),
      guard: guardOf(request),
      replace,
      signal,
      clock: this.#clock,
      log: this.#log,
      progress: (done, total) => {
        progress('copying', done, total);
      },
    });
    const repository = await Repository.open({
      path: places.storePath,
      keyFolder: places.keyFolder,
      passphrase,
      codec: 'zstd',
      clock: this.#clock,
      log: this.#log,
    });
    const pool = new WorkerPool({ script: this.#script, size: 2 });
    try {
      const report = await verify(repository, pool, {
        clock: this.#clock,
        signal,
        progress: (done, total) => {
          progress('verifying', done, total);
        },
      });
      const sources = await sourcesOf(repository);
      return { ...recovered, storePath: places.storePath, sources, report };
    } finally {
      await pool.close();
      await repository.close();
    }
  }
}

function placesIn(home: string): { storePath: string; keyFolder: string } {
  return { storePath: join(home, 'store'), keyFolder: join(home, 'keys') };
}

function guardOf({ passphrase }: RescueOptions): NewGuard {
  return passphrase === null ? { kind: 'key-file' } : { kind: 'passphrase', passphrase };
}

async function sourcesOf(repository: Repository): Promise<RecoveredSource[]> {
  const sources = new Map<string, RecoveredSource>();
  for await (const record of repository.catalog.allSnapshots()) {
    const { id, createdAt, source } = record;
    if (source.kind === 'repository') continue;
    const known = sources.get(source.id);
    const newest = { id, createdAt };
    const snapshots = (known?.snapshots ?? 0) + 1;
    // In the order of their sequence, so that the last of a source is its newest.
    sources.set(source.id, { path: source.path, kind: source.kind, snapshots, newest });
  }
  return [...sources.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
}
