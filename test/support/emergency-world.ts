import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AgentClient } from '../../agent/protocol/client';
import type { EmergencyInfo } from '../../agent/protocol/emergency-entities';
import type { Notice } from '../../agent/protocol/entities';
import { Receiver } from '../integration/monitor/channel-world';
import { KillableAgent, nextTurn } from './killable-agent';

/** A real agent whose limits of time are short, with a channel for its administrator. */
export class EmergencyWorld {
  readonly folder: string;
  agent: KillableAgent;
  client: AgentClient | null = null;
  notices: Notice[] = [];
  readonly #receiver: Receiver;
  readonly #address: string;
  #told: EmergencyInfo[] = [];
  #changed: () => void = () => undefined;

  private constructor(folder: string, receiver: Receiver, address: string) {
    this.folder = folder;
    this.#receiver = receiver;
    this.#address = address;
    this.agent = new KillableAgent(join(folder, 'home'));
  }

  static async make(): Promise<EmergencyWorld> {
    const folder = await realpath(await mkdtemp(join(tmpdir(), 'bulwark-emergencies-')));
    const receiver = new Receiver();
    return new EmergencyWorld(folder, receiver, await receiver.listen());
  }

  async remove(): Promise<void> {
    this.client?.close();
    await this.agent.kill();
    await this.#receiver.close();
    await rm(this.folder, { recursive: true, force: true });
  }

  /** Starts the agent with these settings. */
  async start(settings: object = {}, emergencyProtocols: object = {}): Promise<AgentClient> {
    await mkdir(this.agent.home, { recursive: true });
    const ops = {
      ...{ name: 'ops', kind: 'webhook', url: this.#address, minimumSeverity: 'critical' },
    };
    const short = { escalateMinutes: 1440, standDownMinutes: 0.02, ...emergencyProtocols };
    await writeFile(
      join(this.agent.home, 'settings.json'),
      JSON.stringify({ channels: [ops], emergencyProtocols: short, ...settings }),
    );
    return await this.connect();
  }

  /** Starts the agent, also once more. */
  async connect(): Promise<AgentClient> {
    this.notices = [];
    this.#told = [];
    const client = await this.agent.start();
    this.client = client;
    client.onEvent(({ event }) => {
      if (event.kind === 'notice/raised') this.notices.push(event.notice);
      if (event.kind !== 'emergency/changed') return;
      this.#told.push(event.emergency);
      this.#changed();
    });
    return client;
  }

  /** Waits until an emergency is so. */
  async until(isIt: (emergency: EmergencyInfo) => boolean): Promise<EmergencyInfo> {
    for (;;) {
      const found = this.#told.find(isIt);
      if (found !== undefined) return found;
      await new Promise<void>((resolve) => (this.#changed = resolve));
    }
  }

  /** Waits until an emergency is over and people were told so. */
  untilOver(): Promise<EmergencyInfo> {
    return this.until(({ endedAt, steps }) => {
      const last = steps.at(-1);
      return endedAt !== null && last?.outcome === 'done' && last.at >= endedAt;
    });
  }

  /** A repository with a linked worktree; both have uncommitted work. */
  async twoWorktrees(): Promise<{ main: string; linked: string }> {
    const main = join(this.folder, 'main');
    const linked = join(this.folder, 'linked');
    await mkdir(main);
    git(main, 'init', '-q', '-b', 'main');
    await writeFile(join(main, 'README'), 'read me');
    git(main, 'add', '-A');
    git(main, 'commit', '-qm', 'one');
    git(main, 'worktree', 'add', '-q', '-b', 'feature', linked);
    await fill(main);
    await fill(linked);
    return { main, linked };
  }

  /** What the administrator got, newest last. */
  messages(): string {
    return this.#receiver.received.map(({ body }) => JSON.stringify(body)).join('\n');
  }

  /** The report of an emergency, as it lies beside the store. */
  async report(id: string): Promise<string> {
    const folder = join(this.agent.home, 'emergencies');
    const names = await readdir(folder);
    const name = names.find((one) => one.endsWith(`${id}.md`));
    assert.ok(name !== undefined, names.join(', '));
    return await readFile(join(folder, name), 'utf8');
  }

  /** Waits until the steps of an emergency are in the file from which the next agent goes on. */
  async kept(id: string): Promise<void> {
    const file = join(this.agent.home, 'emergencies', 'emergencies.json');
    await becomes(
      () => readFile(file, 'utf8').catch(() => ''),
      new RegExp(`^(?!.*"running").*${id}.*administratorAlert`),
    );
  }
}

/** How the last step of a kind ended. */
export function outcomeOf(
  { steps }: EmergencyInfo,
  action: EmergencyInfo['steps'][number]['action'],
): string | undefined {
  return steps.findLast((step) => step.action === action)?.outcome;
}

export function git(cwd: string, ...args: string[]): string {
  const named = ['-c', 'user.name=A', '-c', 'user.email=a@example.org', ...args];
  return execFileSync('git', named, { cwd, encoding: 'utf8' });
}

/** Puts some work into a folder. */
export async function fill(place: string): Promise<void> {
  await mkdir(join(place, 'src'), { recursive: true });
  for (let n = 0; n < 25; n++)
    await writeFile(join(place, 'src', `file ${String(n)}.txt`), `work of ${place} ${String(n)}`);
}

/** Waits until a text is as it will be: what writes or sends it is not waited for by anybody. */
export async function becomes(
  text: () => string | Promise<string>,
  expected: RegExp,
): Promise<string> {
  for (;;) {
    const found = await text();
    if (expected.test(found)) return found;
    await nextTurn();
  }
}
