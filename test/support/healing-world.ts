import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ComponentView } from '../../agent/components/component';
import { actionShop } from '../../agent/healing/action-shop';
import { RecoveringPrograms } from '../../agent/healing/actions/programs';
import type { HealingSettings } from '../../agent/healing/mode';
import type { RecoveryRecord } from '../../agent/healing/recovery';
import { SelfHealingSystem } from '../../agent/healing/self-healing-system';
import { HealthMonitor } from '../../agent/monitor/health-monitor';
import { WorktreeStatuses } from '../../agent/monitor/worktree-status';
import type { Clock } from '../../agent/support/clock';
import { BulwarkError } from '../../agent/support/errors';
import { silentLog } from '../../agent/support/log';
import { Git } from '../../agent/worktrees/git';
import { fastClock } from './fast-clock';

/** How much faster time goes for the agent than for the processes that it runs. */
const TIMES = 20;

const AUTONOMOUS: HealingSettings = { mode: 'autonomous', atOnce: 3, limitMs: 300_000 };
const refuse = (): never => {
  throw new BulwarkError('internal', 'nothing is kept in this test');
};

/** A monitor and a self-healing system over real processes, in a folder of their own. */
export class HealingWorld {
  readonly folder: string;
  readonly clock: Clock = fastClock(TIMES);
  readonly programs = new RecoveringPrograms();
  #health: HealthMonitor | null = null;
  #healing: SelfHealingSystem | null = null;

  /** @param folder of an earlier world; one of its own unless told */
  constructor(folder?: string) {
    this.folder = folder ?? realpathSync(mkdtempSync(join(tmpdir(), 'bulwark-healing-')));
  }

  get health(): HealthMonitor {
    return this.#health ?? refuse();
  }

  get healing(): SelfHealingSystem {
    return this.#healing ?? refuse();
  }

  /** A program in JavaScript, as the command that runs it. */
  program(name: string, code: string): string[] {
    writeFileSync(join(this.folder, name), code);
    return [process.execPath, join(this.folder, name)];
  }

  async start(
    components: Readonly<Record<string, unknown>>,
    options: {
      readonly settings?: Partial<HealingSettings>;
      readonly onStep?: (step: string) => Promise<void>;
    } = {},
  ): Promise<void> {
    writeFileSync(join(this.folder, 'bulwark.json'), JSON.stringify({ components }));
    const { clock, folder } = this;
    const git = new Git({ clock, log: silentLog });
    const statuses = new WorktreeStatuses({ git, clock, log: silentLog });
    const health = await HealthMonitor.open({
      home: folder,
      clock,
      log: silentLog,
      git,
      statuses,
      sources: () => [],
      store: () => ({ packBytes: 0, packs: 0, journalRecords: 0 }),
    });
    const nothing = { guard: () => null, guards: () => [], present: () => [] };
    this.#health = health;
    this.#healing = await SelfHealingSystem.open({
      home: folder,
      clock,
      log: silentLog,
      health,
      protection: nothing,
      restores: { undo: refuse },
      undoRepair: refuse,
      breakers: health.breakers,
      shop: actionShop({
        components: health.components,
        clock,
        programs: this.programs,
        quarantine: join(folder, 'healing', 'quarantine'),
        remedies: () => Promise.resolve([]),
        protection: nothing,
        restores: { plan: refuse, apply: refuse },
        snapshots: { list: () => Promise.resolve([]) },
        integrity: { diagnose: refuse, repair: refuse, drill: refuse },
        keeping: { backUp: () => Promise.resolve([]) },
      }),
      settings: { ...AUTONOMOUS, ...options.settings },
      settleMs: 5_000,
      ...(options.onStep === undefined ? {} : { onStep: options.onStep }),
    });
    await this.#healing.resume();
    await health.start();
    this.#healing.start();
  }

  view(id: string): ComponentView {
    return this.health.components.view(id);
  }

  recoveryOf(id: string): RecoveryRecord | undefined {
    return this.healing.list().find(({ incident }) => incident.subject.id === id);
  }

  /** Waits for something to become so. @param ms of the agent's time */
  async until(what: string, isSo: () => boolean, ms = 300_000): Promise<void> {
    const end = this.clock.monotonic() + ms;
    while (!isSo()) {
      if (this.clock.monotonic() > end) {
        const seen = this.healing.list().map(({ incident, phase, steps, why, log }) => ({
          fault: incident.fault,
          phase,
          why,
          steps: steps.map(({ plan, state, note }) => [plan.strategy, state, note]),
          log: log.map(({ text }) => text),
        }));
        const states = this.health.components.list().map(({ id, state }) => [id, state]);
        throw new Error(`not so: ${what}; ${JSON.stringify({ states, seen }, null, 1)}`);
      }
      await this.clock.sleep(100);
    }
  }

  /** Leaves as an agent does; what is in the folder stays. */
  async leave(): Promise<void> {
    await this.#healing?.close();
    await this.#health?.close();
    this.#healing = null;
    this.#health = null;
  }

  async close(): Promise<void> {
    await this.leave();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** A port that nobody listens at just now. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      const port = address !== null && typeof address === 'object' ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}
