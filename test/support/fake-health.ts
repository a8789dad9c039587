import type {
  AlertInfo,
  ComponentInfo,
  SettingsFile,
  Silence,
} from '../../agent/protocol/health-entities';
import type { AgentEvent } from '../../agent/protocol/events';
import type { RecoveryInfo } from '../../agent/protocol/recovery-entities';
import { BulwarkError } from '../../agent/support/errors';
import { NO_HEALTH } from './no-health';

/** Components and alerts that a test puts there; what is done to them is told, as the agent does. */
export class FakeHealth {
  components: readonly ComponentInfo[] = [];
  alerts: readonly AlertInfo[] = [];
  silences: readonly Silence[] = [];
  files: readonly SettingsFile[] = [];
  recoveries: readonly RecoveryInfo[] = [];
  /** How often everything was asked for. */
  reads = 0;
  readonly #publish: (event: AgentEvent) => void;

  constructor(publish: (event: AgentEvent) => void) {
    this.#publish = publish;
  }

  /** Changes an alert, or raises it, and tells. */
  tell(alert: AlertInfo): AlertInfo {
    this.alerts = [...this.alerts.filter(({ id }) => id !== alert.id), alert];
    this.#publish({ kind: 'alert/changed', alert });
    return alert;
  }

  /** Changes a component, or adds it, and tells. */
  change(component: ComponentInfo): void {
    this.components = [...this.components.filter(({ id }) => id !== component.id), component];
    this.#publish({ kind: 'component/changed', component });
  }

  /** Changes a recovery, or begins it, and tells. */
  recover(recovery: RecoveryInfo): void {
    this.recoveries = [...this.recoveries.filter(({ id }) => id !== recovery.id), recovery];
    this.#publish({ kind: 'recovery/changed', recovery });
  }

  methods(): typeof NO_HEALTH {
    return {
      ...NO_HEALTH,
      'component/list': async () => {
        this.reads += 1;
        return { components: [...this.components] };
      },
      'recovery/list': async () => ({ recoveries: [...this.recoveries], mode: 'autonomous' }),
      'recovery/strategies': async () => ({
        strategies: [{ strategy: 'restart_component', title: 'Start it anew' }],
        learned: [],
      }),
      'component/settings': async () => ({ files: [...this.files] }),
      'alert/list': async () => ({ alerts: [...this.alerts], silences: [...this.silences] }),
      'alert/acknowledge': async ({ alert, by, note = '' }) =>
        this.tell({ ...this.#alert(alert), acknowledged: { by, note, at: 1, until: 2 } }),
      'alert/resolve': async ({ alert }) =>
        this.tell({ ...this.#alert(alert), state: 'resolved', endsAt: 2 }),
    };
  }

  #alert(id: string): AlertInfo {
    const found = this.alerts.find((alert) => alert.id === id);
    if (found === undefined) throw new BulwarkError('alert-unknown', `no alert ${id}`);
    return found;
  }
}
