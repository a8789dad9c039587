import { mkdir, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { diskUsage, peakOf, resetPeak } from './measure.mjs';

const require = createRequire(import.meta.url);
const START_TIMEOUT_MS = 30_000;
const END_POLLS = 600;

/** Bulwark's agent with a home of its own, driven over the wire like any client's. */
export class Bulwark {
  #client = null;
  #pid = 0;

  /** @param {{ agentScript: string, compiled: string, home: string }} options */
  constructor({ agentScript, compiled, home }) {
    this.name = 'bulwark';
    this.agentScript = agentScript;
    this.compiled = compiled;
    this.home = home;
  }

  /** Starts the agent. @param more settings @returns what starting took, ms */
  async start(more = {}) {
    const { startAgent } = require(path.join(this.compiled, 'agent/protocol/launch.js'));
    const { AgentClient } = require(path.join(this.compiled, 'agent/protocol/client.js'));
    await mkdir(this.home, { recursive: true, mode: 0o700 });
    // Nothing is captured by itself: every change is left for the request that is measured.
    const settings = { settleMs: 60_000, ...more };
    await writeFile(path.join(this.home, 'settings.json'), JSON.stringify(settings));
    const began = performance.now();
    const discovery = await startAgent({
      execPath: process.execPath,
      agentScript: this.agentScript,
      home: this.home,
      env: process.env,
      timeoutMs: START_TIMEOUT_MS,
      sleep: (ms) => sleep(ms),
    });
    const identity = { name: 'bench', version: '0', interactive: false };
    this.#client = await AgentClient.connect(discovery, identity);
    this.#pid = discovery.pid;
    return performance.now() - began;
  }

  protect(tree) {
    return this.#timed(() => this.#call('worktree/protect', { path: tree }));
  }

  /** The watcher is forgotten, so that only a look at every entry can tell what changed. */
  async scan(tree) {
    await this.#call('worktree/unprotect', { path: tree });
    return this.#timed(async () => {
      await this.#call('worktree/protect', { path: tree });
      await this.#call('snapshot/create', { path: tree });
    });
  }

  snapshot(tree) {
    return this.#timed(() => this.#call('snapshot/create', { path: tree }));
  }

  /** The plan counts too. */
  restore(tree, to) {
    return this.#timed(async () => {
      const where = to === undefined ? {} : { to };
      const asked = { snapshot: 'latest', path: tree, ...where };
      const { id } = await this.#call('restore/plan', asked);
      const result = await this.#call('restore/apply', { plan: id });
      if (!result.verified) throw new Error('bulwark did not verify what it restored');
      return result;
    });
  }

  /** A backup of a kind. */
  backUp(tree, kind) {
    return this.#timed(() => this.#call('backup/run', { kind, path: tree }));
  }

  /** The newest backup of a tree is restored to a scratch folder and compared. */
  drill(tree) {
    return this.#timed(async () => {
      const report = await this.#call('drill/run', { path: tree });
      if (!report.ok) throw new Error(`bulwark drill: ${JSON.stringify(report.sources)}`);
      return report;
    });
  }

  rebuildCatalog() {
    return this.#timed(() => this.#call('store/rebuildCatalog', {}));
  }

  verify() {
    return this.#timed(async () => {
      const report = await this.#call('store/verify', {});
      if (!report.ok) throw new Error(`bulwark verify: ${JSON.stringify(report.errors[0])}`);
    });
  }

  /** Packs and catalog on disk, bytes. */
  storeBytes() {
    return diskUsage(path.join(this.home, 'store'));
  }

  /** Lets the agent leave, and waits until it has. */
  async stop() {
    if (this.#client !== null) {
      await this.#call('agent/drain', { reason: 'the benchmark is over' }).catch(() => undefined);
      this.#client.close();
      this.#client = null;
    }
    for (let poll = 0; poll < END_POLLS && this.#pid !== 0; poll++) {
      if (!isAlive(this.#pid)) this.#pid = 0;
      else await sleep(50);
    }
    if (this.#pid !== 0) process.kill(this.#pid, 'SIGKILL');
  }

  #call(method, params) {
    return this.#client.call(method, params);
  }

  async #timed(work) {
    resetPeak(this.#pid);
    const began = performance.now();
    const result = await work();
    return { ms: performance.now() - began, peakBytes: peakOf(this.#pid), result };
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
