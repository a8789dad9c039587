import type { Notice, SourceId } from '../agent/protocol/entities';
import type { Call } from './agent-link';
import type { Clock } from './clock';
import type { OwnWork } from './own-work';

const COALESCE_MS = 700;
const OTHERS_FIRST_MS = 400;
const JITTER_MS = 600;
const REMEMBERED = 500;
/** So long one cause is told of by a loss or by an alert, and not by both, ms. */
const SAME_CAUSE_MS = 10 * 60_000;

/** Which notices a person wants to see. */
export type NoticeLevel = 'all' | 'errors' | 'off';

export interface NoticesOptions {
  readonly call: Call;
  readonly clock: Clock;
  /** Numbers from 0 to 1. */
  readonly random: () => number;
  readonly own: OwnWork;
  readonly level: () => NoticeLevel;
  /** Whether this window is the natural one for a notice. */
  readonly isOurs: (notice: Notice) => boolean;
  /** The fault of an alert, where it is known. */
  readonly faultOf: (alert: string) => string | undefined;
  /** Whether a recovery of a worktree is under way, or waits for a yes. */
  readonly isRecovered: (source: SourceId) => boolean;
  /** Shows notices that belong together; never none. */
  readonly show: (notices: readonly Notice[]) => void;
  readonly onError: (error: unknown) => void;
}

/**
 * Notices of the agent, each shown in one window only: whoever claims it first
 * at the agent. The window that has the worktree open asks first, the others
 * wait a little. What comes at once is shown at once, and nothing during start-up.
 */
export class Notices {
  readonly #options: NoticesOptions;
  readonly #seen = new Set<string>();
  /** By what a person was last told that a worktree or its git is gone. */
  readonly #damage = new Map<string, { readonly by: 'loss' | 'alert'; readonly at: number }>();
  #held: Notice[] | null = [];
  #claimed: Notice[] = [];
  #flushing = false;

  constructor(options: NoticesOptions) {
    this.#options = options;
  }

  /** Start-up is over: shows what was held back. */
  ready(): void {
    const held = this.#held ?? [];
    this.#held = null;
    for (const notice of held) void this.#consider(notice);
  }

  /** Takes a notice of the agent; the same one again is ignored. */
  raise(notice: Notice): void {
    if (this.#seen.has(notice.id)) return;
    this.#seen.add(notice.id);
    const [oldest] = this.#seen;
    if (this.#seen.size > REMEMBERED && oldest !== undefined) this.#seen.delete(oldest);
    if (this.#isToldOtherwise(notice)) return;
    if (this.#held !== null) this.#held.push(notice);
    else void this.#consider(notice);
  }

  /** The agent is gone, and its numbers with it. */
  forget(): void {
    this.#seen.clear();
  }

  /** Whether the same damage was told of in the other way just before: one cause, one notification. */
  #isToldOtherwise({ source, loss, alerts }: Notice): boolean {
    if (source === null) return false;
    const isLoss = loss?.kind === 'folder' || loss?.kind === 'git';
    const isAlert = (alerts ?? []).some((id) => isDamage(this.#options.faultOf(id)));
    if (!isLoss && !isAlert) return false;
    // What mends just git is better than all of its state from before; its alert leads there.
    if (loss?.kind === 'git' && this.#options.isRecovered(source)) return true;
    const by = isLoss ? 'loss' : 'alert';
    const last = this.#damage.get(source);
    const now = this.#options.clock.now();
    if (last !== undefined && last.by !== by && now - last.at < SAME_CAUSE_MS) return true;
    this.#damage.set(source, { by, at: now });
    return false;
  }

  async #consider(notice: Notice): Promise<void> {
    const { call, clock, random, own, isOurs, onError } = this.#options;
    if (!this.#isWanted(notice)) return;
    try {
      if (!isOurs(notice)) await clock.sleep(OTHERS_FIRST_MS + JITTER_MS * random());
      const { claimed } = await call('notice/claim', { id: notice.id });
      if (!claimed) return;
      // The result of our own work says which operation it was: wait for it.
      while (own.busy) await clock.sleep(COALESCE_MS);
      if (notice.action?.kind === 'undo' && own.owns(notice.action.operation)) return;
      this.#claimed.push(notice);
      if (this.#flushing) return;
      this.#flushing = true;
      await clock.sleep(COALESCE_MS);
      this.#flushing = false;
      const notices = this.#claimed;
      this.#claimed = [];
      this.#options.show(notices);
    } catch (error) {
      onError(error);
    }
  }

  #isWanted(notice: Notice): boolean {
    switch (this.#options.level()) {
      case 'all':
        return true;
      case 'errors':
        return notice.severity === 'error';
      case 'off':
        return false;
    }
  }
}

function isDamage(fault: string | undefined): boolean {
  return fault === 'worktree.missing' || (fault?.startsWith('git.') ?? false);
}
