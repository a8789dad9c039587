import { randomBytes } from 'node:crypto';
import type { Clock } from '../../support/clock';
import { BulwarkError, messageOf } from '../../support/errors';
import type { Log } from '../../support/log';
import type { Hold } from '../capture/capturer';
import { askProgram, programGone } from './ask-program';
import type { DataSourceLimits, FilesProgram, FreezeReason } from './data-source';

export interface HoldOptions {
  readonly program: FilesProgram;
  /** How long the program can hold its files still, ms. */
  readonly freezeMs: number;
  readonly limits: Pick<DataSourceLimits, 'answerMs' | 'thawMs'>;
  readonly clock: Clock;
  readonly log: Log;
}

/** Has a program hold its files still. */
export class FilesHold {
  readonly #options: HoldOptions;

  constructor(options: HoldOptions) {
    this.#options = options;
  }

  /**
   * What reads the files while they are held. Everything read counts only when the program was there
   * all the time and says that it held them.
   * @param stop is aborted when there is no sense in reading on
   */
  forBackup(stop: AbortController): Hold {
    const { program, freezeMs, clock } = this.#options;
    return async (look) => {
      const state = { late: false, thawed: false };
      const onGone = (): void => stop.abort();
      const freeze = await this.#freeze('backup', stop.signal);
      const timer = clock.setTimeout(() => {
        state.late = true;
        stop.abort();
      }, freezeMs);
      program.gone.addEventListener('abort', onGone, { once: true });
      try {
        const found = await look();
        requireWhole(found.roots);
        const held = await this.#thaw(freeze, 'backup');
        state.thawed = true;
        if (!held) throw notHeld();
        return found;
      } catch (error) {
        if (!state.thawed) await this.#letGo(freeze, 'backup');
        if (program.gone.aborted) throw programGone();
        throw state.late ? tooSlow(freezeMs) : error;
      } finally {
        timer.cancel();
        program.gone.removeEventListener('abort', onGone);
      }
    };
  }

  /** Runs `fn`, which replaces the files. */
  async forRestore<T>(fn: () => Promise<T>): Promise<T> {
    const freeze = await this.#freeze('restore', undefined);
    try {
      return await fn();
    } finally {
      await this.#letGo(freeze, 'restore');
    }
  }

  async #freeze(why: FreezeReason, signal: AbortSignal | undefined): Promise<string> {
    const { program, freezeMs, limits, clock } = this.#options;
    const freeze = randomBytes(16).toString('hex');
    try {
      await askProgram(
        { clock, program, what: 'to freeze', limitMs: limits.answerMs, signal },
        (given) => program.freeze({ freeze, why, limitMs: freezeMs }, given),
      );
      return freeze;
    } catch (error) {
      // It may be freezing still.
      await this.#letGo(freeze, why);
      throw error;
    }
  }

  async #thaw(freeze: string, why: FreezeReason): Promise<boolean> {
    const { program, limits, clock } = this.#options;
    const { held } = await askProgram(
      { clock, program, what: 'to thaw', limitMs: limits.thawMs },
      (given) => program.thaw({ freeze, why }, given),
    );
    return held;
  }

  /** Whatever became of it: the program must be able to go on. */
  async #letGo(freeze: string, why: FreezeReason): Promise<void> {
    const { program, log } = this.#options;
    // One that is in this process is told even when it said that it is gone.
    if (program.gone.aborted) {
      await program.thaw({ freeze, why }, AbortSignal.abort()).catch(() => undefined);
      return;
    }
    await this.#thaw(freeze, why).catch((error: unknown) => {
      log.warn('A program could not be told to thaw', { reason: messageOf(error) });
    });
  }
}

/** A set of files with something missing is no backup of it. */
function requireWhole(
  roots: readonly { readonly totals: { files: number; excluded: number } }[],
): void {
  const excluded = roots.reduce((sum, { totals }) => sum + totals.excluded, 0);
  if (excluded > 0)
    throw new BulwarkError('path-unreadable', `${String(excluded)} of the files cannot be kept`, {
      hint: 'All of a set must be readable files, folders and links, and must not change while it is frozen.',
    });
  if (roots.every(({ totals }) => totals.files === 0))
    throw new BulwarkError('path-missing', 'none of the files is there', {
      hint: 'The backups that there are stay; restore one of them.',
    });
}

function notHeld(): BulwarkError {
  return new BulwarkError('program-failed', 'the program could not hold its files still', {
    hint: 'Try again, or let it register a longer freezeMs.',
  });
}

function tooSlow(freezeMs: number): BulwarkError {
  return new BulwarkError('timeout', `the files could not be read within ${freezeMs} ms`, {
    hint: 'Let the program register a longer freezeMs.',
  });
}
