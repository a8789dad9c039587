import assert from 'node:assert/strict';
import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { startCliAgent, type CliAgent } from './cli-agent';
import { cli } from './cli-run';

const errorShape = z.object({
  error: z.object({ reason: z.string(), message: z.string(), hint: z.string().nullable() }),
});

/** The error that a command printed as JSON. */
export function errorIn(value: unknown): z.infer<typeof errorShape>['error'] {
  return errorShape.parse(value).error;
}

/** A folder for the agent's state, an agent with made-up answers, and a worktree that it protects. */
export class CliFixture {
  readonly home: string;
  /** The worktree. It is only a name: nothing is there. */
  readonly path: string;
  agent: CliAgent;

  private constructor(home: string, path: string, agent: CliAgent) {
    this.home = home;
    this.path = path;
    this.agent = agent;
  }

  static async open(): Promise<CliFixture> {
    const home = await realpath(await mkdtemp(join(tmpdir(), 'bulwark-cli-')));
    const path = join(home, 'app');
    return new CliFixture(home, path, await startCliAgent(home, path));
  }

  /** Where commands run. */
  get place(): { readonly home: string; readonly cwd: string } {
    return { home: this.home, cwd: this.path };
  }

  /** Runs a command to its end, without a terminal. */
  run(...argv: string[]): ReturnType<typeof cli> {
    return cli(argv, this.place);
  }

  /** The one object that a command printed. */
  async json(...argv: string[]): Promise<{ code: number; value: unknown }> {
    const { code, stdout, stderr } = await this.run(...argv, '--json');
    assert.equal(stderr, '', 'nothing beside the object');
    assert.equal(stdout.trimEnd().split('\n').length, 1, stdout);
    return { code, value: JSON.parse(stdout) };
  }

  /** The parameters of the last request of this method. */
  lastAsked(method: string): object | undefined {
    return this.agent.script.asked.findLast((request) => request.method === method)?.params;
  }

  /** Another agent in the place of the one that was closed. */
  async restartAgent(): Promise<void> {
    this.agent = await startCliAgent(this.home, this.path);
  }

  async close(): Promise<void> {
    await this.agent.close();
    await rm(this.home, { recursive: true, force: true });
  }
}
