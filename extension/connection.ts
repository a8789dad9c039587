import type { Reason } from '../agent/protocol/reasons';
import type { SequencedEvent } from '../agent/protocol/events';
import { AgentError, reasonOf } from './agent-error';
import type { AgentAccess, AgentAddress, AgentLink, Call } from './agent-link';
import type { AgentState } from './agent-state';
import { compareVersions } from './agent-version';
import { backOff } from './back-off';
import type { Clock } from './clock';
import { CrashBudget } from './crash-budget';
import { Signal, type Disposable } from './signal';

const CRASH_LIMIT = 5;
const CRASH_WINDOW_MS = 3 * 60_000;
const DRAIN_MS = 30_000;
const GONE_MS = 10_000;
const UPGRADE_MS = 15_000;
const LOOK_MS = 200;
const UPGRADE = 'upgrade';

/** Reasons for which trying again cannot help. */
const FINAL: ReadonlySet<Reason | null> = new Set<Reason>([
  'settings-invalid',
  'wrong-key',
  'key-missing',
  'codec-missing',
  'store-damaged',
]);

export interface ConnectionOptions<A extends AgentAddress> {
  readonly access: AgentAccess<A>;
  /** Version of this extension, and of the agent that it brings. */
  readonly version: string;
  readonly clock: Clock;
  /** Numbers from 0 to 1. */
  readonly random: () => number;
  /** Whether an agent may be started without being asked, at this moment. */
  readonly autoStart: () => boolean;
  readonly log: (message: string) => void;
}

/** The way an attempt to reach an agent is made. */
type StartRule = 'may-start' | 'only-look';

/**
 * Keeps one connection to the agent: finds it, starts it, replaces an older
 * one, and comes back after a loss. Everything it knows is in {@link state}.
 */
export class Connection<A extends AgentAddress = AgentAddress> {
  readonly onDidChangeState = new Signal<AgentState>();
  readonly onEvent = new Signal<SequencedEvent>();

  readonly #options: ConnectionOptions<A>;
  readonly #crashes = new CrashBudget(CRASH_LIMIT, CRASH_WINDOW_MS);
  #state: AgentState = { kind: 'connecting' };
  #attempt = 0;
  #running = false;
  #closed = false;
  #retry: { cancel(): void } | null = null;
  #subscriptions: Disposable[] = [];
  #watch: Disposable | null = null;

  constructor(options: ConnectionOptions<A>) {
    this.#options = options;
  }

  get state(): AgentState {
    return this.#state;
  }

  /** Starts to look for an agent; returns at once. */
  open(): void {
    this.#watch = this.#options.access.watch(() => {
      this.lookAgain();
    });
    void this.#try(this.#options.autoStart() ? 'may-start' : 'only-look');
  }

  /** A person asks for the agent: forget past crashes and start one. */
  async start(): Promise<void> {
    if (this.#state.kind === 'connected') return;
    this.#crashes.reset();
    this.#attempt = 0;
    this.#retry?.cancel();
    await this.#try('may-start');
  }

  /** Looks whether somebody else started an agent; starts none. */
  lookAgain(): void {
    if (this.#state.kind === 'stopped' || this.#state.kind === 'failed')
      void this.#try('only-look');
  }

  /** Asks the agent; without a connection it rejects with `agent-unreachable`. */
  readonly call: Call = (method, params, options) => {
    if (this.#state.kind !== 'connected') {
      return Promise.reject(
        new AgentError('agent-unreachable', 'The Bulwark agent is not running.'),
      );
    }
    return this.#state.link.call(method, params, options);
  };

  /** Resolves when the connection is there; rejects with `agent-unreachable` when it is not to be. */
  settled(): Promise<void> {
    return new Promise((resolve, reject) => {
      const look = (state: AgentState): boolean => {
        if (state.kind === 'connecting' || state.kind === 'waiting') return false;
        if (state.kind === 'connected') resolve();
        else reject(new AgentError('agent-unreachable', state.why));
        return true;
      };
      if (look(this.#state)) return;
      const subscription = this.onDidChangeState.on((state) => {
        if (look(state)) subscription.dispose();
      });
    });
  }

  close(): void {
    this.#closed = true;
    this.#retry?.cancel();
    this.#watch?.dispose();
    const state = this.#state;
    this.#unsubscribe();
    if (state.kind === 'connected') state.link.close();
  }

  async #try(rule: StartRule): Promise<void> {
    if (this.#running || this.#closed || this.#state.kind === 'connected') return;
    this.#running = true;
    if (rule === 'may-start') this.#set({ kind: 'connecting' });
    try {
      const link = await this.#reach(rule);
      if (link !== null) this.#use(link);
      else if (this.#state.kind !== 'failed') {
        this.#set({ kind: 'stopped', why: 'The Bulwark agent is not running.' });
      }
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      this.#lost(why, rule, FINAL.has(reasonOf(error)));
    } finally {
      this.#running = false;
    }
  }

  async #reach(rule: StartRule): Promise<AgentLink | null> {
    const { access, version, log } = this.#options;
    const address = await access.find();
    const link = address === null ? null : await this.#connect(address);
    if (link !== null) {
      if (compareVersions(link.agent.version, version) >= 0 || rule === 'only-look') return link;
      log(`agent ${link.agent.version} is older than ${version}: asking it to finish`);
      await this.#drain(link);
    }
    if (rule === 'only-look') return null;
    const started = await access.launch();
    log(`agent ${started.version} runs with pid ${started.pid.toString()}`);
    return access.connect(started);
  }

  /** A link to a live agent, or null where the address leads nowhere. */
  async #connect(address: A): Promise<AgentLink | null> {
    try {
      return await this.#options.access.connect(address);
    } catch (error) {
      if (reasonOf(error) === 'agent-unreachable') return null;
      throw error;
    }
  }

  async #drain(link: AgentLink): Promise<void> {
    const { access, clock, version } = this.#options;
    const closed = new Promise<void>((resolve) => {
      link.onClose(() => {
        resolve();
      });
    });
    // Another window may have asked already: a refusal means that it is leaving anyway.
    await link.call('agent/drain', { reason: `${UPGRADE} to ${version}` }).catch(() => undefined);
    await Promise.race([closed, clock.sleep(DRAIN_MS)]);
    link.close();
    await this.#within(GONE_MS, async () => (await access.find())?.pid !== link.agent.pid);
  }

  async #within(limitMs: number, done: () => Promise<boolean>): Promise<boolean> {
    const { clock } = this.#options;
    const end = clock.now() + limitMs;
    while (!(await done())) {
      if (clock.now() >= end || this.#closed) return false;
      await clock.sleep(LOOK_MS);
    }
    return true;
  }

  #use(link: AgentLink): void {
    if (this.#closed) {
      link.close();
      return;
    }
    this.#attempt = 0;
    let draining: string | null = null;
    this.#subscriptions = [
      link.onEvent((event) => {
        if (event.event.kind === 'agent/draining') draining = event.event.reason;
        this.onEvent.fire(event);
      }),
      link.onClose((why) => {
        this.#unsubscribe();
        if (this.#closed) return;
        if (draining === null) this.#lost(why, 'may-start', false);
        else void this.#drained(draining);
      }),
    ];
    this.#options.log(`connected to agent ${link.agent.version}, pid ${link.agent.pid.toString()}`);
    this.#set({ kind: 'connected', link });
  }

  /** The agent left on purpose: wait for a newer one, but do not bring back what was stopped. */
  async #drained(reason: string): Promise<void> {
    this.#options.log(`the agent left: ${reason}`);
    if (!reason.startsWith(UPGRADE)) {
      this.#set({ kind: 'stopped', why: 'The Bulwark agent was stopped.' });
      return;
    }
    this.#set({ kind: 'connecting' });
    const found = await this.#within(UPGRADE_MS, async () => {
      const address = await this.#options.access.find();
      const link = address === null ? null : await this.#connect(address).catch(() => null);
      if (link === null) return false;
      this.#use(link);
      return true;
    });
    if (!found) await this.#try(this.#options.autoStart() ? 'may-start' : 'only-look');
  }

  #lost(why: string, rule: StartRule, final: boolean): void {
    const { clock, random, log, autoStart } = this.#options;
    log(`no connection to the agent: ${why}`);
    // The rest, such as what the agent wrote while it started, is for the log.
    const [firstLine = ''] = why.split('\n');
    if (final || this.#crashes.spend(clock.now())) {
      this.#set({ kind: 'failed', why: firstLine });
      return;
    }
    this.#set({ kind: 'waiting', why: firstLine });
    const next = rule === 'may-start' && autoStart() ? 'may-start' : 'only-look';
    this.#retry = clock.after(backOff(this.#attempt, random), () => void this.#try(next));
    this.#attempt += 1;
  }

  #unsubscribe(): void {
    for (const subscription of this.#subscriptions) subscription.dispose();
    this.#subscriptions = [];
  }

  #set(state: AgentState): void {
    this.#state = state;
    this.onDidChangeState.fire(state);
  }
}
