import { rm, rmdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { throwIfAborted } from '../../support/errors';
import { toFsPath } from '../../support/names';
import type { Git, GitCall, GitResult } from '../../worktrees/git';
import { restoreBundle, writeBundle } from './bundle';
import {
  firstMissing,
  lookAt,
  makeParents,
  moveDurably,
  namesIn,
  replaceDurably,
  sha256,
  temporaryFor,
} from './durable-files';
import { IntentLog, type Intent } from './intents';

export interface WorkbenchOptions {
  /** Id of the attempt. */
  readonly attempt: string;
  /** Its folder; what is set aside lies in `kept/` there. */
  readonly folder: string;
  readonly git: Git;
  /** Once aborted, nothing more is changed; undoing goes on. */
  readonly signal?: AbortSignal;
  /** Called before and after each change; for tests that end the process there. */
  readonly onStep?: ((step: string) => Promise<void>) | undefined;
}

/** A mutating git command takes no longer, ms. */
const GIT_MS = 60_000;

/**
 * The only way in which a remedy changes files. Nothing is deleted or overwritten that was not saved
 * before, each intention is durable before its change, and `undo` reverses all of it, also in another
 * process after a crash at any step.
 */
export class Workbench {
  readonly attempt: string;
  readonly #options: WorkbenchOptions;
  readonly #log: IntentLog;

  private constructor(options: WorkbenchOptions, log: IntentLog) {
    this.attempt = options.attempt;
    this.#options = options;
    this.#log = log;
  }

  /** Begins, or goes on with what an earlier process left. */
  static async open(options: WorkbenchOptions): Promise<Workbench> {
    return new Workbench(options, await IntentLog.open(join(options.folder, 'intents.jsonl')));
  }

  /** Paths that were changed, or may have been by git. */
  get touched(): string[] {
    const paths = this.#log.intents.flatMap((one) => {
      if (one.kind === 'set-aside' || one.kind === 'put') return [one.path];
      return one.kind === 'guard' ? one.paths : [];
    });
    return [...new Set(paths)];
  }

  /** Whether a git command was run: it may have changed more than was planned. */
  get hasRunGit(): boolean {
    return this.#log.intents.some(({ kind }) => kind === 'git');
  }

  /**
   * Moves a file, link or folder to quarantine, from where it can be brought back.
   * @returns whether something was there
   */
  async setAside(path: string): Promise<boolean> {
    if ((await lookAt(path)) === null) return false;
    const number = await this.#intend((one) => ({ kind: 'set-aside', number: one, path }));
    await moveDurably(path, this.#kept(number));
    await this.#step('set aside');
    return true;
  }

  /**
   * Gives a file new content, all of it at once; what was there is saved.
   * @param mode permission bits
   */
  async put(path: string, bytes: Uint8Array, mode = 0o644): Promise<void> {
    const made = await firstMissing(path);
    if ((await lookAt(path)) !== null) await this.guard([path]);
    const temporary = temporaryFor(path, this.attempt);
    await this.#intend((number) => {
      return { kind: 'put', number, path, temporary, made, sha256: sha256(bytes) };
    });
    await makeParents(path);
    await replaceDurably(path, temporary, bytes, mode);
    await this.#step('put');
  }

  /** Saves how files and folders are (or that they are not there), because a command will change them. */
  async guard(paths: readonly string[]): Promise<void> {
    await this.#bundle('guard', paths);
  }

  /** Saves copies for a person. Undoing leaves these paths alone. @param skip names of folders to leave out */
  async copy(paths: readonly string[], skip: ReadonlySet<string>): Promise<void> {
    await this.#bundle('copy', paths, skip);
  }

  /**
   * Runs a git command that changes something.
   * @param changes all that it may change, but objects, which it only adds
   * @throws BulwarkError as {@link Git.run}
   */
  async git(call: GitCall, changes: readonly string[]): Promise<GitResult> {
    if (changes.length > 0) await this.guard(changes);
    await this.#intend((number) => ({ kind: 'git', number, args: [...call.args] }));
    const { signal } = this.#options;
    const result = await this.#options.git.run({
      timeoutMs: GIT_MS,
      ...call,
      ...(signal === undefined ? {} : { signal }),
    });
    await this.#step('git');
    return result;
  }

  /** Reverses everything, last first. What is there instead is kept as well. Safe to be ended and begun again. */
  async undo(): Promise<void> {
    await this.#removeParts();
    const { intents } = this.#log;
    const undone = new Set(
      intents.filter(({ kind }) => kind === 'undone').map((one) => one.number),
    );
    for (const one of intents.toReversed()) {
      if (one.kind === 'undone' || undone.has(one.number)) continue;
      await this.#options.onStep?.('undo');
      await this.#reverse(one);
      await this.#log.append({ kind: 'undone', number: one.number });
    }
  }

  async close(): Promise<void> {
    await this.#log.close();
  }

  /** Copies that a kill cut short: what they were of is whole where it was. */
  async #removeParts(): Promise<void> {
    const kept = dirname(this.#kept(0));
    if ((await lookAt(kept)) === null) return;
    for (const name of await namesIn(kept))
      if (name.endsWith('.part'))
        await rm(toFsPath(join(kept, name)), { recursive: true, force: true });
  }

  async #reverse(one: Intent): Promise<void> {
    switch (one.kind) {
      case 'set-aside': {
        const kept = this.#kept(one.number);
        // It was not moved, or is back already.
        if ((await lookAt(kept)) === null) return;
        await this.#away(one.path, one.number);
        await makeParents(one.path);
        await moveDurably(kept, one.path);
        return;
      }
      case 'put': {
        await rm(toFsPath(one.temporary), { force: true });
        // What it replaced is in the bundle before it.
        if (!this.#isGuarded(one)) await this.#away(one.path, one.number);
        if (one.made !== null) await removeEmpty(dirname(one.path), one.made);
        return;
      }
      case 'guard': {
        const kept = this.#kept(one.number);
        if ((await lookAt(kept)) !== null)
          await restoreBundle(kept, `${kept}-undone`, this.attempt);
        return;
      }
      case 'copy':
      case 'git':
      case 'undone':
        return;
    }
  }

  #isGuarded({ path, number }: { path: string; number: number }): boolean {
    return this.#log.intents.some(
      (other) =>
        other.kind === 'guard' && other.number < number && other.paths.some((one) => one === path),
    );
  }

  async #away(path: string, number: number): Promise<void> {
    if ((await lookAt(path)) === null) return;
    let place = `${this.#kept(number)}-undone`;
    while ((await lookAt(place)) !== null) place += '+';
    await moveDurably(path, place);
  }

  async #bundle(
    kind: 'guard' | 'copy',
    paths: readonly string[],
    skip?: ReadonlySet<string>,
  ): Promise<void> {
    const number = await this.#intend((one) => ({ kind, number: one, paths: [...paths] }));
    await writeBundle(this.#kept(number), paths, skip);
    await this.#step(kind);
  }

  async #intend(make: (number: number) => Intent): Promise<number> {
    throwIfAborted(this.#options.signal);
    const number = this.#log.next;
    const one = make(number);
    await this.#log.append(one);
    await this.#step(`will ${one.kind}`);
    return number;
  }

  #kept(number: number): string {
    return join(this.#options.folder, 'kept', String(number));
  }

  async #step(step: string): Promise<void> {
    await this.#options.onStep?.(step);
  }
}

/** Removes folders that were made and are empty, from the innermost up to `top`. */
async function removeEmpty(from: string, top: string): Promise<void> {
  for (let folder = from; folder.startsWith(top); folder = dirname(folder))
    try {
      await rmdir(toFsPath(folder));
    } catch {
      return;
    }
}
