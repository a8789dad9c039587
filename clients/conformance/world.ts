import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { AgentClient } from '../../agent/protocol/client';
import { readDiscovery, type Discovery } from '../../agent/protocol/discovery';
import { Driver, type Command } from './driver';
import { until } from './patience';
import { Relay } from './relay';

/** A real agent in a folder of its own, a repository that it protects, and clients under test. */
export class World {
  /** The folder that holds everything. */
  readonly root: string;
  /** Of the agent. */
  readonly home: string;
  /** A repository with one commit, protected. */
  readonly repo: string;
  readonly #command: Command;
  readonly #agentScript: string;
  readonly #drivers: Driver[] = [];
  readonly #relays: Relay[] = [];
  #agent: ChildProcess | null = null;
  #client: AgentClient | null = null;
  #count = 0;

  private constructor(command: Command, agentScript: string) {
    this.root = realpathSync(mkdtempSync(join(tmpdir(), 'bulwark-conf-')));
    this.home = join(this.root, 'home');
    this.repo = join(this.root, 'repo');
    this.#command = command;
    this.#agentScript = agentScript;
  }

  /**
   * @param command starts the driver of a client
   * @param agentScript the agent's program, for Node
   */
  static async open(command: Command, agentScript: string): Promise<World> {
    const world = new World(command, agentScript);
    try {
      mkdirSync(world.home, { mode: 0o700 });
      mkdirSync(world.repo);
      mkdirSync(join(world.root, 'bin'));
      const bulwark = `#!/bin/sh\nexec '${process.execPath}' '${agentScript}' "$@"\n`;
      writeFileSync(join(world.root, 'bin', 'bulwark'), bulwark, { mode: 0o755 });
      world.#git('init', '-q', '-b', 'main');
      world.write('story', 'once');
      world.#git('add', '-A');
      world.#git('-c', 'user.name=a', '-c', 'user.email=a@b', 'commit', '-qm', 'one');
      await world.startAgent();
      await world.me.call('worktree/protect', { path: world.repo });
    } catch (error) {
      await world.close();
      throw error;
    }
    return world;
  }

  /** A client of the suite itself, to look from the other side. */
  get me(): AgentClient {
    if (this.#client === null) throw new Error('the agent does not run');
    return this.#client;
  }

  /** Writes a file of the repository. */
  write(name: string, content: string): void {
    writeFileSync(join(this.repo, name), content);
  }

  async startAgent(): Promise<void> {
    const agent = spawn(process.execPath, [this.#agentScript, 'agent'], {
      env: this.env(),
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let said = '';
    agent.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
    this.#agent = agent;
    const discovery = await until('the agent', async () => {
      if (agent.exitCode !== null) throw new Error(`the agent did not start: ${said}`);
      const found = await readDiscovery(this.home);
      return found?.pid === agent.pid ? found : null;
    });
    const identity = { name: 'conformance', version: '1', interactive: false };
    this.#client = await AgentClient.connect(discovery, identity);
  }

  /** `kill -9`, as a crash would. */
  async killAgent(): Promise<void> {
    this.#client?.close();
    this.#client = null;
    const agent = this.#agent;
    this.#agent = null;
    if (agent?.exitCode !== null || agent.signalCode !== null) return;
    const gone = once(agent, 'exit');
    agent.kill('SIGKILL');
    await gone;
  }

  /** Where the agent listens now. */
  async discovery(): Promise<Discovery> {
    return until('the discovery file', () => readDiscovery(this.home));
  }

  /** A new folder. */
  folder(name: string): string {
    const path = join(this.root, `${name}-${String((this.#count += 1))}`);
    mkdirSync(path, { mode: 0o700 });
    return path;
  }

  /** The client under test, not connected yet. @param home where it looks for the agent */
  client(home = this.home): Driver {
    const driver = new Driver(this.#command, home, this.env());
    this.#drivers.push(driver);
    return driver;
  }

  /** The client under test, connected to the agent. */
  async connected(home = this.home): Promise<Driver> {
    const driver = this.client(home);
    await driver.ask({ do: 'connect' });
    return driver;
  }

  async relay(): Promise<Relay> {
    const home = join(this.root, `r${String((this.#count += 1))}`);
    const relay = await Relay.open(home, () => this.discovery());
    this.#relays.push(relay);
    return relay;
  }

  /** Ends clients and relays; the agent stays. */
  async tidy(): Promise<void> {
    for (const driver of this.#drivers.splice(0)) await driver.kill();
    for (const relay of this.#relays.splice(0)) await relay.close();
  }

  async close(): Promise<void> {
    await this.tidy();
    await this.killAgent();
    rmSync(this.root, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }

  /** What every program here runs with: in its path is the command `bulwark` of this agent. */
  env(): NodeJS.ProcessEnv {
    const path = `${join(this.root, 'bin')}${delimiter}${process.env['PATH'] ?? ''}`;
    return { ...process.env, BULWARK_HOME: this.home, PATH: path };
  }

  #git(...args: string[]): void {
    execFileSync('git', args, { cwd: this.repo, stdio: 'ignore' });
  }
}
