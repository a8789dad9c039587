import type { AgentEvent } from '../../agent/protocol/events';
import type { RecoveryInfo } from '../../agent/protocol/recovery-entities';
import { AgentError } from '../agent-error';
import type { Call } from '../agent-link';
import { Signal } from '../signal';

/** As many as the agent lists. */
const KEPT = 200;

/** What this window knows about recoveries; kept current by the agent's events. */
export class RecoveryModel {
  /** Fired after anything of it changed. */
  readonly onDidChange = new Signal<undefined>();
  /** Something was healed that nobody had asked for. */
  readonly onHealed = new Signal<RecoveryInfo>();

  readonly #call: Call;
  #recoveries = new Map<string, RecoveryInfo>();
  #titles: ReadonlyMap<string, string> = new Map();
  #loaded = false;

  constructor(call: Call) {
    this.#call = call;
  }

  /** False until the first answer of an agent, and again after the connection is lost. */
  get loaded(): boolean {
    return this.#loaded;
  }

  /** Newest first. */
  get list(): readonly RecoveryInfo[] {
    return [...this.#recoveries.values()].sort((a, b) => b.startedAt - a.startedAt);
  }

  get(id: string): RecoveryInfo | undefined {
    return this.#recoveries.get(id);
  }

  /** What a strategy does, in words. */
  title(strategy: string): string {
    if (strategy.startsWith('own:')) return `Your own action ${strategy.slice('own:'.length)}`;
    return this.#titles.get(strategy) ?? strategy.replaceAll('_', ' ');
  }

  /** The recovery of something that is not over, if there is one. */
  openOf({ kind, id }: { readonly kind: string; readonly id: string }): RecoveryInfo | undefined {
    return this.list.find(
      (one) => isOpen(one) && one.subject.kind === kind && one.subject.id === id,
    );
  }

  /** Asks for everything again. */
  async reload(): Promise<void> {
    const [{ recoveries }, { strategies }] = await Promise.all([
      this.#call('recovery/list', {}),
      this.#call('recovery/strategies', {}),
    ]);
    this.#recoveries = new Map(recoveries.map((one) => [one.id, one]));
    this.#titles = new Map(strategies.map(({ strategy, title }) => [strategy, title]));
    this.#loaded = true;
    this.onDidChange.fire(undefined);
  }

  /** Forgets everything: there is no agent. */
  clear(): void {
    this.#recoveries = new Map();
    this.#loaded = false;
    this.onDidChange.fire(undefined);
  }

  /** Takes over what an event tells. */
  async apply(event: AgentEvent): Promise<void> {
    if (event.kind === 'recovery/changed') this.take(event.recovery);
  }

  /** Takes over a newer state of a recovery. */
  take(recovery: RecoveryInfo): void {
    if (!this.#loaded) return;
    const before = this.#recoveries.get(recovery.id);
    this.#recoveries.set(recovery.id, recovery);
    const isNews = recovery.state === 'healed' && before?.state !== 'healed';
    if (isNews && recovery.by === null) this.onHealed.fire(recovery);
    for (const { id } of this.list.slice(KEPT)) this.#recoveries.delete(id);
    this.onDidChange.fire(undefined);
  }

  /**
   * Waits until nothing more happens by itself: it is over, or waits for a yes.
   * @throws AgentError `agent-unreachable` when the agent has gone
   */
  settled(id: string): Promise<RecoveryInfo> {
    return new Promise((resolve, reject) => {
      const look = (): boolean => {
        const recovery = this.get(id);
        if (!this.#loaded)
          reject(new AgentError('agent-unreachable', 'the agent ended before the recovery did'));
        else if (recovery !== undefined && !isUnderWay(recovery)) resolve(recovery);
        else return false;
        return true;
      };
      if (look()) return;
      const following = this.onDidChange.on(() => {
        if (look()) following.dispose();
      });
    });
  }
}

/** Whether something happens to it by itself. */
export function isUnderWay({ state }: RecoveryInfo): boolean {
  return state === 'queued' || state === 'running';
}

/** Whether it is not over. */
export function isOpen(recovery: RecoveryInfo): boolean {
  return isUnderWay(recovery) || recovery.state === 'approval';
}
