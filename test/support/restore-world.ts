import { execFileSync } from 'node:child_process';
import {
  type BigIntStats,
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
} from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Capturer } from '../../agent/protection/capture/capturer';
import type {
  PresentTarget,
  RestoreEngineOptions,
} from '../../agent/protection/restore/restore-context';
import { RestoreEngine } from '../../agent/protection/restore/restore-engine';
import {
  folderSource,
  repositorySource,
  sourceIdOf,
  worktreeSource,
  type Source,
} from '../../agent/protection/source';
import type { SnapshotRecord } from '../../agent/repository/record';
import { Repository } from '../../agent/repository/repository';
import { hashBytes } from '../../agent/repository/blob-id';
import { systemClock } from '../../agent/support/clock';
import { silentLog } from '../../agent/support/log';
import { decodeName, toFsPath } from '../../agent/support/names';
import { WorkerPool } from '../../agent/support/worker-pool';
import { discover } from '../../agent/worktrees/discovery';
import { Git } from '../../agent/worktrees/git';

/** A store, a capturer and a restore engine on real folders that are removed at the end. */
export class RestoreWorld {
  /** For whatever a test makes. */
  readonly root: string;
  readonly home: string;
  readonly git = new Git({ clock: systemClock, log: silentLog });
  readonly pool: WorkerPool;
  /** Called after the present state was saved, before anything is compared. */
  afterSave: () => void = () => undefined;
  #repository: Repository | null = null;
  #capturer: Capturer | null = null;
  readonly #sources = new Map<string, Source>();

  private constructor(root: string) {
    this.root = root;
    this.home = join(root, 'user');
    this.pool = new WorkerPool({ script: resolve(__dirname, 'restore-worker.js'), size: 2 });
  }

  /** @param root a folder for all of it, with what an earlier world has left there; a new one unless told */
  static async open(
    root = realpathSync(mkdtempSync(join(tmpdir(), 'bulwark-restore-test-'))),
  ): Promise<RestoreWorld> {
    const world = new RestoreWorld(root);
    await world.openStore();
    return world;
  }

  get repository(): Repository {
    if (this.#repository === null) throw new Error('the store is closed');
    return this.#repository;
  }

  async openStore(): Promise<void> {
    this.#repository = await Repository.open({
      path: join(this.root, 'bulwark', 'store'),
      keyFolder: join(this.root, 'bulwark', 'keys'),
      codec: 'zstd',
      clock: systemClock,
      log: silentLog,
    });
    this.#capturer = new Capturer({
      repository: this.#repository,
      pool: this.pool,
      clock: systemClock,
      limits: { patterns: [], maxFileBytes: 64 * 1024 * 1024 },
      onNested: () => undefined,
    });
  }

  /** @param onStep see `RestoreEngineOptions` */
  engine(onStep?: (step: string) => Promise<void>): RestoreEngine {
    const { repository } = this;
    const options: RestoreEngineOptions = {
      repository,
      pool: this.pool,
      git: this.git,
      clock: systemClock,
      log: silentLog,
      journalFolder: join(this.root, 'bulwark', 'restores'),
      home: this.home,
      ownFolder: join(this.root, 'bulwark'),
      present: {
        look: (target) => this.#present(target, 'automatic'),
        save: async (target) => {
          const saved = await this.#present(target, 'safety');
          this.afterSave();
          return saved;
        },
      },
      paused: (_, fn) => fn(),
      repositorySnapshots: (commonDir, before) =>
        repository.catalog.snapshots(sourceIdOf('repository', commonDir), {
          limit: 2,
          ...(before === undefined ? {} : { before }),
        }),
      keep: async (make) => {
        const record = make(repository.catalog.nextSequence());
        await repository.commit([record]);
        return record;
      },
      ...(onStep === undefined ? {} : { onStep }),
    };
    return new RestoreEngine(options);
  }

  /** Snapshots a folder, or the worktree that it is, with its repository. */
  async snapshot(path: string): Promise<SnapshotRecord> {
    const found = await discover(this.git, path);
    if (found.kind === 'folder') return await this.#take(folderSource(path), 'manual');
    await this.#take(repositorySource(found.commonDir), 'automatic');
    const worktree = found.worktrees.find((candidate) => candidate.path === path);
    if (worktree === undefined) throw new Error(`no worktree: ${path}`);
    return await this.#take(worktreeSource(worktree), 'manual');
  }

  /** Ends it; what is on the disk stays. */
  async leave(): Promise<void> {
    await this.closeStore();
    await this.pool.close();
  }

  async close(): Promise<void> {
    await this.leave();
    execFileSync('chmod', ['-R', 'u+rwX', this.root]);
    await rm(this.root, { recursive: true, force: true });
  }

  async closeStore(): Promise<void> {
    await this.#repository?.close();
    this.#repository = null;
  }

  /** Runs git as a user would. */
  gitIn(cwd: string, ...args: string[]): string {
    return git(cwd, ...args);
  }

  async #present(target: PresentTarget, kind: SnapshotRecord['kind']): Promise<SnapshotRecord> {
    const known = target.kind === 'source' ? this.#sources.get(target.sourceId) : undefined;
    return await this.#take(known ?? folderSource(target.path), kind);
  }

  async #take(source: Source, kind: SnapshotRecord['kind']): Promise<SnapshotRecord> {
    this.#sources.set(source.id, source);
    if (this.#capturer === null) throw new Error('the store is closed');
    return await this.#capturer.snapshot({
      source,
      kind,
      label: null,
      always: kind !== 'automatic',
    });
  }
}

/** Runs git with a fixed identity; returns what it wrote, trimmed. */
export function git(cwd: string, ...args: string[]): string {
  return execFileSync('git', ['-c', 'user.name=T', '-c', 'user.email=t@example.org', ...args], {
    cwd,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env['PATH'], HOME: cwd, GIT_CONFIG_NOSYSTEM: '1' },
  }).trim();
}

/** Everything below a folder: path to type, bits and content. `.git` of the root is left out. */
export function picture(root: string): Map<string, string> {
  const seen = new Map<string, string>();
  walk(root, (path, full, found) => {
    const bits = (Number(found.mode) & 0o7777).toString(8);
    if (found.isSymbolicLink())
      seen.set(path, `link ${readlinkSync(full, { encoding: 'latin1' })}`);
    else if (found.isDirectory()) seen.set(path, `folder ${bits}`);
    else {
      const content = readFileSync(full);
      const shown = content.length > 100 ? hashBytes(content).toString('hex') : content.toString();
      seen.set(path, `file ${bits} ${shown}`);
    }
  });
  return seen;
}

/** When everything below a folder changed last, nanoseconds since 1970. */
export function changeTimes(root: string): Map<string, bigint> {
  const seen = new Map<string, bigint>();
  walk(root, (path, _, found) => seen.set(path, found.mtimeNs));
  return seen;
}

/** Paths whose time of change is another one, by more than the microseconds that Node can set. */
export function timesThatDiffer(before: Map<string, bigint>, after: Map<string, bigint>): string[] {
  return [...before].flatMap(([path, time]) => {
    const now = after.get(path) ?? 0n;
    const apart = now > time ? now - time : time - now;
    return apart > 10_000n ? [path] : [];
  });
}

function walk(
  root: string,
  visit: (path: string, full: string | Buffer, found: BigIntStats) => void,
  path = '',
): void {
  for (const raw of readdirSync(toFsPath(join(root, path)), { encoding: 'buffer' })) {
    const name = decodeName(raw);
    const at = path === '' ? name : `${path}/${name}`;
    if (at === '.git') continue;
    const full = toFsPath(join(root, at));
    const found = lstatSync(full, { bigint: true });
    visit(at, full, found);
    if (found.isDirectory()) walk(root, visit, at);
  }
}
