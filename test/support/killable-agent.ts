import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { AgentClient } from '../../agent/protocol/client';
import { readDiscovery, type Discovery } from '../../agent/protocol/discovery';
import { HEAP_FLAGS, MALLOC } from '../../agent/protocol/launch-memory';

const AGENT = resolve(__dirname, '../../agent/main.js');
const IDENTITY = { name: 'test', version: '0.1.0', interactive: false };

/** The real agent as a process that a test may kill at any moment. */
export class KillableAgent {
  readonly home: string;
  #child: ChildProcess | null = null;

  constructor(home: string) {
    this.home = home;
  }

  /** Starts it and waits until it listens: what a crash left half done is ended by then. */
  async start(): Promise<AgentClient> {
    const env = { ...process.env, ...MALLOC, BULWARK_HOME: this.home };
    const child = spawn(process.execPath, [...HEAP_FLAGS, AGENT, 'agent'], {
      env,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    this.#child = child;
    let said = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
    let discovery: Discovery | null = null;
    while (discovery?.pid !== child.pid) {
      if (child.exitCode !== null) throw new Error(`the agent did not start: ${said}`);
      await nextTurn();
      discovery = await readDiscovery(this.home);
    }
    if (discovery === null) throw new Error('the agent has no pid');
    return await AgentClient.connect(discovery, IDENTITY);
  }

  /** Resolves when it has ended by itself. */
  async left(): Promise<void> {
    const child = this.#child;
    if (child !== null && child.exitCode === null && child.signalCode === null)
      await once(child, 'exit');
  }

  /** `kill -9`, and waits until it is gone. */
  async kill(): Promise<void> {
    const child = this.#child;
    this.#child = null;
    if (child?.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  }
}

/** One turn of the event loop. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
