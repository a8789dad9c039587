import { hostname } from 'node:os';
import { join } from 'node:path';
import { actionShop } from './healing/action-shop';
import { RecoveringPrograms } from './healing/actions/programs';
import { Doctor } from './healing/doctor';
import { SelfHealingSystem } from './healing/self-healing-system';
import { healingOf, RECOVERY_SETTLE_MS } from './manager/healing-settings';
import type { Settings } from './manager/settings';
import { watchedSources } from './manager/watched-sources';
import { AlertChannels } from './monitor/channels/alert-channels';
import { PrometheusExport } from './monitor/export/prometheus';
import { HealthMonitor } from './monitor/health-monitor';
import { WorktreeStatuses } from './monitor/worktree-status';
import type { Protection } from './open-protection';
import { Backups } from './protection/backups/backups';
import { GitBackups } from './protection/git-backups';
import type { Clock } from './support/clock';
import type { Log } from './support/log';
import type { Operations } from './support/operations';

export interface OpenHealthOptions {
  /** Folder with all of the agent's state. */
  readonly home: string;
  readonly settings: Settings;
  readonly version: string;
  /** Whether it runs in a program of somebody else. */
  readonly embedded: boolean;
  readonly parts: Protection;
  readonly operations: Operations;
  readonly clock: Clock;
  readonly log: Log;
}

/** What watches, tells and heals. Nothing runs yet. */
export interface Health {
  readonly statuses: WorktreeStatuses;
  readonly health: HealthMonitor;
  readonly metrics: PrometheusExport;
  readonly channels: AlertChannels;
  readonly recoveringPrograms: RecoveringPrograms;
  readonly doctor: Doctor;
  readonly healing: SelfHealingSystem;
}

/** Puts together what watches the worktrees and the programs around them, and heals. */
export async function openHealth(options: OpenHealthOptions): Promise<Health> {
  const { home, clock, log, parts } = options;
  const { protection, git, counts } = parts;
  const statuses = new WorktreeStatuses({ git, clock, log: log.child('monitor') });
  const health = await HealthMonitor.open({
    home,
    clock,
    log: log.child('health'),
    git,
    statuses,
    sources: () => watchedSources(protection),
    store: () => counts.figures,
    judgesItself: !options.embedded,
  });
  try {
    return await openAround(health, statuses, options);
  } catch (error) {
    await health.close();
    throw error;
  }
}

async function openAround(
  health: HealthMonitor,
  statuses: WorktreeStatuses,
  options: OpenHealthOptions,
): Promise<Health> {
  const { home, settings, clock, log, parts } = options;
  const { repository, protection, pool, git, counts } = parts;
  const { restores, snapshots, integrity, keeping } = parts;
  const metrics = new PrometheusExport({
    monitor: health,
    version: options.version,
    store: () => counts.figures,
    startedAt: clock.now(),
  });
  const channels = await AlertChannels.open({
    home,
    settings: settings.channels,
    alerts: health.alerts,
    clock,
    log: log.child('channels'),
    breakers: health.breakers,
    machine: hostname(),
    random: Math.random,
  });
  const recoveringPrograms = new RecoveringPrograms();
  const doctor = await Doctor.open({
    home,
    git,
    clock,
    log: log.child('doctor'),
    protection,
    backups: new Backups({ repository, protection, pool }),
    kept: new GitBackups(repository),
    health,
  });
  const healing = await SelfHealingSystem.open({
    home,
    clock,
    log: log.child('healing'),
    health,
    protection,
    restores,
    undoRepair: (attempt) => doctor.undo(attempt),
    breakers: health.breakers,
    shop: actionShop({
      components: health.components,
      clock,
      programs: recoveringPrograms,
      quarantine: join(home, 'healing', 'quarantine'),
      remedies: (incident) => doctor.actionsFor(incident),
      protection,
      restores,
      snapshots,
      integrity,
      keeping,
    }),
    settings: healingOf(settings),
    settleMs: RECOVERY_SETTLE_MS,
    operations: options.operations,
  });
  return { statuses, health, metrics, channels, recoveringPrograms, doctor, healing };
}

/** Gives up what is being healed, stops what the agent runs, and keeps the alerts. */
export async function closeHealth({ metrics, healing, health, channels }: Health): Promise<void> {
  metrics.close();
  await healing.close();
  await health.close();
  await channels.close();
}
