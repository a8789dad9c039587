import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import type { AgentClient } from '../../agent/protocol/client';
import type { JournalEntry, Notice, WorktreeInfo } from '../../agent/protocol/entities';
import { systemClock } from '../../agent/support/clock';
import { KillableAgent } from './killable-agent';
import { git } from './restore-world';

const AGENT = resolve(__dirname, '../../agent/main.js');
const run = promisify(execFile);
const POLL_MS = 20;
const PATIENCE_MS = 45_000;

/** The real agent, with repositories that things happen to. */
export class JournalWorld {
  readonly root: string;
  readonly agent: KillableAgent;
  readonly notices: Notice[] = [];
  #client: AgentClient | null = null;

  /** @param settings of the agent */
  constructor(settings: object = {}) {
    this.root = realpathSync(mkdtempSync(join(tmpdir(), 'bulwark-journal-')));
    const home = join(this.root, 'home');
    mkdirSync(home);
    writeFileSync(join(home, 'settings.json'), JSON.stringify(settings));
    this.agent = new KillableAgent(home);
  }

  get client(): AgentClient {
    if (this.#client === null) throw new Error('the agent does not run');
    return this.#client;
  }

  async start(): Promise<AgentClient> {
    const client = await this.agent.start();
    client.onEvent(({ event }) => {
      if (event.kind === 'notice/raised') this.notices.push(event.notice);
    });
    this.#client = client;
    return client;
  }

  async kill(): Promise<void> {
    await this.agent.kill();
    this.#client?.close();
    this.#client = null;
  }

  async remove(): Promise<void> {
    await this.kill();
    rmSync(this.root, { recursive: true, force: true });
  }

  /** A repository with one commit of these files, not protected yet. */
  repository(name: string, files: Readonly<Record<string, string>>): string {
    const repo = join(this.root, name);
    mkdirSync(repo);
    git(repo, 'init', '-q', '-b', 'main');
    write(repo, files);
    git(repo, 'add', '-A');
    git(repo, 'commit', '-qm', 'one');
    return repo;
  }

  protect(path: string): Promise<unknown> {
    return this.client.call('worktree/protect', { path });
  }

  async info(path: string): Promise<WorktreeInfo> {
    const { worktrees } = await this.client.call('worktree/list', {});
    const found = worktrees.find((worktree) => worktree.path === path);
    if (found === undefined) throw new Error(`${path} is not protected`);
    return found;
  }

  /** Waits until a record of the journal is what is asked for; it is durable then. */
  async entry(path: string, wanted: (entry: JournalEntry) => boolean): Promise<JournalEntry> {
    return this.until(`a record of ${path}`, async () => {
      const { entries } = await this.client.call('journal/list', { path });
      return entries.find(wanted) ?? null;
    });
  }

  notice(path: string): Promise<Notice> {
    const told = (): Notice | null =>
      this.notices.find(({ loss }) => loss?.worktree === path) ?? null;
    return this.until(`a notice about ${path}`, () => Promise.resolve(told()));
  }

  async until<T>(what: string, look: () => Promise<T | null>): Promise<T> {
    const end = systemClock.monotonic() + PATIENCE_MS;
    for (;;) {
      const found = await look();
      if (found !== null) return found;
      if (systemClock.monotonic() > end) throw new Error(`waited in vain for ${what}`);
      await systemClock.sleep(POLL_MS);
    }
  }

  /** Brings a place back as it was at a time. */
  async restoreAt(path: string, at: number, withGitState = false): Promise<void> {
    const moment = { kind: 'time', path, at } as const;
    const { snapshot } = await this.client.call('journal/moment', { moment });
    const plan = await this.client.call('restore/plan', { snapshot: snapshot.id, withGitState });
    await this.client.call('restore/apply', { plan: plan.id });
  }

  /** Runs a command as a person does. @returns what it prints with `--json` */
  async bulwark(cwd: string, ...args: string[]): Promise<unknown> {
    const env = { ...process.env, BULWARK_HOME: this.agent.home };
    const { stdout } = await run(process.execPath, [AGENT, ...args, '--json'], { cwd, env });
    return JSON.parse(stdout);
  }
}

/** Writes files, by path. */
export function write(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
}
