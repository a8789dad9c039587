import { BulwarkError } from '../support/errors';
import type { Subscription } from './events';
import type {
  DataProtection,
  HardenedSystem,
  HardeningManagement,
  HealthMonitoring,
  SelfHealing,
  SystemMetrics,
  SystemStatus,
} from './hardened-system';
import type { CoordinationMode } from './views';

/** What is registered is taken, and nothing is done with it; what is asked for is refused. */
export class DisabledSystem implements HardenedSystem {
  readonly healthMonitor: HealthMonitoring = {
    registerComponent: nothing,
    unregisterComponent: nothing,
    check: refuse,
  };
  readonly selfHealing: SelfHealing = {
    registerComponent: () => undefined,
    recoveries: () => [],
    recover: refuse,
    approve: refuse,
    cancel: refuse,
  };
  readonly dataProtection: DataProtection = {
    registerDataSource: (name, { kind }) =>
      Promise.resolve({ name, kind, state: 'never', why: OFF, lastSnapshot: null }),
    unregisterDataSource: nothing,
    protect: () => Promise.resolve([]),
    unprotect: nothing,
    snapshot: refuse,
    snapshots: () => Promise.resolve([]),
    restore: refuse,
    undo: refuse,
  };
  readonly hardeningManager: HardeningManagement = {
    on: (): Subscription => ({ dispose: () => undefined }),
    setCoordinationMode: (mode) => {
      this.#mode = mode;
    },
    report: refuse,
  };
  #mode: CoordinationMode;

  constructor(mode: CoordinationMode) {
    this.#mode = mode;
  }

  getStatus(): SystemStatus {
    return {
      enabled: false,
      state: 'disabled',
      coordinationMode: this.#mode,
      worst: 'ok',
      components: [],
      alerts: [],
      incidents: [],
      recoveries: [],
      dataSources: [],
    };
  }

  getMetrics(): SystemMetrics {
    return {
      uptimeMs: 0,
      components: [],
      alerts: { firing: 0, byFault: {} },
      recoveries: {
        ended: 0,
        healed: 0,
        cleared: 0,
        successRate: null,
        meanTimeToRecoverMs: null,
      },
      store: { bytes: 0, packs: 0 },
    };
  }

  shutdown(): Promise<void> {
    return nothing();
  }
}

const OFF = 'it is switched off in this program';

function nothing(): Promise<void> {
  return Promise.resolve();
}

function refuse(): Promise<never> {
  return Promise.reject(
    new BulwarkError('not-protected', OFF, { hint: 'Leave out `enabled: false`.' }),
  );
}
