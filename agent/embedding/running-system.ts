import type { HardeningManager } from '../manager/hardening-manager';
import { reportOf } from '../manager/report/reports';
import type { StoreCounts } from '../protection/store-counts';
import type { Clock } from '../support/clock';
import { BulwarkError } from '../support/errors';
import { Leaving } from '../support/leaving';
import type { Log } from '../support/log';
import type { Audited } from './audited';
import type { HardenedComponent } from './component';
import { EmbeddedComponents } from './components';
import { alertOf, componentOf, dataSourceOf, incidentOf, recoveryOf } from './convert';
import { DataProtecting } from './data-protecting';
import type { Subscription } from './events';
import { metricsOf } from './figures';
import type {
  DataProtection,
  HardenedSystem,
  HardeningManagement,
  HealthMonitoring,
  SelfHealing,
  SystemMetrics,
  SystemStatus,
} from './hardened-system';
import { Healing } from './healing';
import { Monitoring } from './monitoring';
import type { Owner } from './owner';
import { Telling } from './telling';

export interface RunningSystemOptions {
  readonly manager: HardeningManager;
  readonly counts: Pick<StoreCounts, 'figures'>;
  readonly clock: Clock;
  readonly log: Log;
  /** The program's own folder, absolute. */
  readonly home: string;
  /** What the program calls itself. */
  readonly name: string;
  readonly audited: Audited;
  /** Closes everything behind it. */
  readonly close: () => Promise<void>;
}

/** All parts, as the program that they run in sees them. */
export class RunningSystem implements HardenedSystem {
  readonly healthMonitor: HealthMonitoring;
  readonly selfHealing: SelfHealing;
  readonly dataProtection: DataProtection;
  readonly hardeningManager: HardeningManagement;
  readonly #options: RunningSystemOptions;
  readonly #startedAt: number;
  readonly #gone = new AbortController();
  readonly #telling: Telling;
  readonly #leaving: Leaving;
  #state: SystemStatus['state'] = 'running';

  constructor(options: RunningSystemOptions) {
    this.#options = options;
    const { manager, clock, log, home, name } = options;
    const audited: Audited = (request, params, work) =>
      this.#state === 'running' ? options.audited(request, params, work) : refuse();
    const { health, healing, recoveringPrograms: programs } = manager;
    const owner: Owner = { id: 'embedding program', name, gone: this.#gone.signal };
    const registry = health.components;
    const components = new EmbeddedComponents({ registry, programs, owner, home });
    this.#startedAt = clock.monotonic();
    this.#telling = new Telling({ manager, log: log.child('embedding') });
    this.healthMonitor = new Monitoring({ manager, components, audited });
    this.selfHealing = new Healing({ manager, components, audited });
    this.dataProtection = new DataProtecting({ manager, owner, audited });
    this.hardeningManager = {
      on: (event, listener): Subscription => this.#telling.on(event, listener),
      setCoordinationMode: (mode) => {
        healing.settings = { ...healing.settings, mode };
      },
      report: (period = {}) =>
        this.#state === 'running' ? reportOf(manager, home, period) : refuse(),
    };
    this.#leaving = new Leaving(async () => {
      this.#state = 'closing';
      await options.close();
      this.#gone.abort();
      this.#telling.close();
      this.#state = 'closed';
    });
  }

  /** Takes up the parts of the program. @throws as the `register…` of each */
  async register(components: Readonly<Record<string, HardenedComponent>>): Promise<void> {
    for (const [name, component] of Object.entries(components)) {
      await this.healthMonitor.registerComponent(name, component);
      this.selfHealing.registerComponent(name, component);
      if (component.data !== undefined)
        await this.dataProtection.registerDataSource(name, component.data);
    }
  }

  getStatus(): SystemStatus {
    const { health, healing, incidents, protection } = this.#options.manager;
    const { dataSources } = protection;
    const alerts = health.alerts.list().filter(({ phase }) => phase.kind !== 'pending');
    const isClosed = this.#state === 'closed';
    const nameOfFolder = (path: string): string | null => dataSources.nameOfFolder(path);
    return {
      enabled: true,
      state: this.#state,
      coordinationMode: healing.settings.mode,
      worst: alerts[0]?.severity ?? 'ok',
      components: health.components.list().map(componentOf),
      alerts: alerts.map(alertOf),
      incidents: incidents.list().map(incidentOf),
      recoveries: healing
        .list()
        .filter(({ endedAt }) => endedAt === null)
        .map(recoveryOf),
      dataSources: isClosed
        ? []
        : dataSources.list().map((source) => dataSourceOf(source, nameOfFolder)),
    };
  }

  getMetrics(): SystemMetrics {
    const { manager, counts, clock } = this.#options;
    return metricsOf({
      uptimeMs: clock.monotonic() - this.#startedAt,
      components: manager.health.components.list(),
      alerts: manager.health.alerts.list(),
      recoveries: manager.healing.list(),
      store: counts.figures,
    });
  }

  shutdown(): Promise<void> {
    return this.#leaving.now();
  }
}

function refuse(): Promise<never> {
  return Promise.reject(new BulwarkError('store-closed', 'the system was shut down'));
}
