import type { AgentClient } from '../protocol/client';
import type { Notice } from '../protocol/entities';
import type { AgentEvent } from '../protocol/events';
import type { ResultOf } from '../protocol/methods';
import { eventText } from './event-text';
import { LiveScreen } from './live-screen';
import type { Run } from './run';
import {
  agentLine,
  lossNotes,
  storeLine,
  waitingLines,
  worktreeNotes,
  worktreeTable,
} from './status-view';
import { viewOf } from './view-context';

type Status = ResultOf<'agent/status'>;

/** Ages are shown in seconds, so the view is drawn at least that often. */
const TICK_MS = 1000;
/** Events come in bursts; this many milliseconds of them make one frame. */
const BURST_MS = 100;
/** Totals of the store are asked for again at most this often. */
const REFRESH_MS = 2000;
const KEPT_EVENTS = 8;

/** Shows the agent and its worktrees as events change them, until the user stops it. */
export class StatusWatch {
  readonly #run: Run;
  #client: AgentClient | null = null;
  #status: Status;
  #statusAt: number;
  #away: string | null = null;
  #stale = false;
  #events: string[] = [];
  #wake = new AbortController();

  /** @param client listened to from now on @param status its present answer to `agent/status` */
  constructor(run: Run, client: AgentClient, status: Status) {
    this.#run = run;
    this.#status = status;
    this.#statusAt = run.environment.clock.monotonic();
    this.#follow(client);
  }

  /** Draws on a terminal in place; writes the events line by line anywhere else. */
  async show(): Promise<void> {
    const { stdout, env } = this.#run.environment;
    if (stdout.isTTY !== true || env['TERM'] === 'dumb') {
      this.#run.print(...this.#frame());
      await this.#loop(() => this.#printEvents());
      return;
    }
    const screen = new LiveScreen(stdout, () => this.#wake.abort());
    try {
      await this.#loop(() => screen.draw([...this.#frame(), '', ...this.#activity()]));
    } finally {
      screen.close();
    }
    // The second screen is gone: leave the last state in the scrollback.
    this.#run.print(...this.#frame());
  }

  async #loop(draw: () => void): Promise<void> {
    const { signal, environment } = this.#run;
    const { clock } = environment;
    signal.addEventListener('abort', () => this.#wake.abort(), { once: true });
    while (!signal.aborted) {
      await this.#refresh();
      draw();
      await clock.sleep(TICK_MS, this.#wake.signal);
      if (this.#wake.signal.aborted) {
        await clock.sleep(BURST_MS, signal);
        this.#wake = new AbortController();
      }
    }
  }

  /** Asks again for what events do not tell, and looks for the agent when it went away. */
  async #refresh(): Promise<void> {
    const now = this.#run.environment.clock.monotonic();
    if (this.#away !== null) {
      const client = await this.#run.find();
      if (client === null) return;
      this.#follow(client);
      this.#away = null;
    } else if (!this.#stale || now - this.#statusAt < REFRESH_MS) return;
    this.#stale = false;
    const client = this.#client;
    if (client === null) return;
    try {
      this.#status = await client.call('agent/status', {});
      this.#statusAt = this.#run.environment.clock.monotonic();
    } catch (error) {
      // It went away meanwhile: the listener for that has noted it.
      if (client.open) throw error;
    }
  }

  #follow(client: AgentClient): void {
    this.#client = client;
    client.onEvent(({ event }) => {
      this.#take(event);
      this.#wake.abort();
    });
    client.onClose((why) => {
      this.#away = why;
      this.#client = null;
      this.#wake.abort();
    });
  }

  #take(event: AgentEvent): void {
    const text = eventText(event, viewOf(this.#run));
    if (text !== null)
      this.#events = [...this.#events, `${this.#timeOfDay()}  ${text}`].slice(-100);
    const { worktrees, agent } = this.#status;
    switch (event.kind) {
      case 'worktree/changed': {
        const at = worktrees.findIndex((w) => w.source === event.worktree.source);
        const changed =
          at === -1 ? [...worktrees, event.worktree] : worktrees.with(at, event.worktree);
        this.#status = { ...this.#status, worktrees: changed };
        break;
      }
      case 'worktree/removed':
        this.#status = {
          ...this.#status,
          worktrees: worktrees.filter((w) => w.source !== event.source),
        };
        break;
      case 'agent/draining':
        this.#status = { ...this.#status, agent: { ...agent, draining: true } };
        break;
      case 'notice/raised':
        // What was lost is shown until it is restored.
        this.#status = { ...this.#status, losses: withLoss(this.#status.losses, event.notice) };
        break;
      case 'journal/written':
      case 'metrics/sampled':
      case 'alert/changed':
      case 'component/changed':
      case 'component/removed':
      case 'recovery/changed':
      case 'incident/opened':
      case 'incident/changed':
      case 'incident/closed':
        break;
      default:
        this.#stale = true;
    }
  }

  #frame(): string[] {
    const view = viewOf(this.#run);
    const { agent, store, worktrees, losses = [], waiting = [] } = this.#status;
    const uptime = agent.uptimeMs + this.#run.environment.clock.monotonic() - this.#statusAt;
    const first =
      this.#away === null
        ? agentLine(agent, uptime, view)
        : `${view.style.red('No agent')} (${this.#away}); waiting for one. Start it with: bulwark start`;
    return [
      first,
      storeLine(store, view),
      ...waitingLines(waiting, view),
      '',
      ...worktreeTable(worktrees, view),
      ...worktreeNotes(worktrees, view),
      ...lossNotes(losses, view),
    ];
  }

  #activity(): string[] {
    const { style } = this.#run;
    return [
      style.dim('Ctrl-C ends this view; the agent goes on.'),
      ...this.#events.slice(-KEPT_EVENTS).toReversed(),
    ];
  }

  #printEvents(): void {
    if (this.#events.length > 0) this.#run.print(...this.#events);
    this.#events = [];
  }

  #timeOfDay(): string {
    return new Date(this.#run.environment.clock.now()).toTimeString().slice(0, 8);
  }
}

function withLoss(known: readonly Notice[] = [], notice: Notice): Notice[] {
  if (notice.loss === undefined) return [...known];
  return [...known.filter(({ source }) => source !== notice.source), notice];
}
