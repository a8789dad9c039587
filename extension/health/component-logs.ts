import * as vscode from 'vscode';
import type { LogLine } from '../../agent/protocol/health-entities';
import type { Call } from '../agent-link';
import type { Clock } from '../clock';
import { displayName } from '../names';
import type { Disposable } from '../signal';

/** How soon a new line is shown while the output panel is open. */
const FOLLOW_MS = 1_000;
const MOST_LINES = 1_000;

export interface ComponentLogsOptions {
  readonly call: Call;
  readonly clock: Clock;
}

interface Shown {
  readonly channel: vscode.OutputChannel;
  last: number;
  reading: boolean;
}

/** What processes write, in an output channel each; new lines come while the panel is open. */
export class ComponentLogs implements Disposable {
  readonly #options: ComponentLogsOptions;
  readonly #shown = new Map<string, Shown>();
  #timer: { cancel(): void } | null = null;

  constructor(options: ComponentLogsOptions) {
    this.#options = options;
  }

  /** Opens the log of a component; rejects where the agent cannot be asked. */
  async show(id: string): Promise<void> {
    const known = this.#shown.get(id);
    const shown = known ?? {
      channel: vscode.window.createOutputChannel(`Bulwark: ${id}`, 'log'),
      last: 0,
      reading: false,
    };
    this.#shown.set(id, shown);
    shown.channel.show(true);
    await this.#read(id, shown);
    if (shown.last === 0) shown.channel.replace(`${id} has written nothing yet.\n`);
    this.#timer ??= this.#options.clock.every(FOLLOW_MS, () => {
      if (isPanelOpen()) for (const [one, its] of this.#shown) void this.#follow(one, its);
    });
  }

  /** Another agent numbers its lines anew. */
  forget(): void {
    for (const shown of this.#shown.values()) shown.last = 0;
  }

  dispose(): void {
    this.#timer?.cancel();
    for (const { channel } of this.#shown.values()) channel.dispose();
  }

  async #follow(id: string, shown: Shown): Promise<void> {
    // Whether the agent or the component went away is told elsewhere.
    await this.#read(id, shown).catch(() => undefined);
  }

  async #read(id: string, shown: Shown): Promise<void> {
    if (shown.reading) return;
    shown.reading = true;
    try {
      const asked = { id, after: shown.last, limit: MOST_LINES };
      const { lines } = await this.#options.call('component/logs', asked);
      const text = lines.map(lineText).join('');
      if (shown.last === 0) shown.channel.replace(text);
      else if (text !== '') shown.channel.append(text);
      shown.last = lines.at(-1)?.number ?? shown.last;
    } finally {
      shown.reading = false;
    }
  }
}

/** The panel shows its text with an editor that counts as visible. */
function isPanelOpen(): boolean {
  return vscode.window.visibleTextEditors.some(({ document }) => document.uri.scheme === 'output');
}

function lineText({ at, from, text }: LogLine): string {
  const time = new Date(at).toISOString();
  return `${time} ${from === 'stderr' ? '[error] ' : from === 'agent' ? '[bulwark] ' : ''}${displayName(text)}\n`;
}
