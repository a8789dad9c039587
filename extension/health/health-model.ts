import type {
  AlertInfo,
  ComponentInfo,
  SettingsFile,
  Silence,
} from '../../agent/protocol/health-entities';
import type { AgentEvent } from '../../agent/protocol/events';
import type { Call } from '../agent-link';
import { Signal } from '../signal';

/** Alerts that are over and are still shown. */
const KEPT_OVER = 50;

/** What this window knows about components and alerts; kept current by the agent's events. */
export class HealthModel {
  /** Fired after anything of it changed. */
  readonly onDidChange = new Signal<undefined>();

  readonly #call: Call;
  #components = new Map<string, ComponentInfo>();
  #alerts = new Map<string, AlertInfo>();
  #silences: readonly Silence[] = [];
  #settings: readonly SettingsFile[] = [];
  #loaded = false;
  #reading: Promise<void> | null = null;
  #again = false;

  constructor(call: Call) {
    this.#call = call;
  }

  /** False until the first answer of an agent, and again after the connection is lost. */
  get loaded(): boolean {
    return this.#loaded;
  }

  get components(): readonly ComponentInfo[] {
    return [...this.#components.values()];
  }

  /** Settings files that count, with what is wrong in them. */
  get settings(): readonly SettingsFile[] {
    return this.#settings;
  }

  /** All alerts, those that are over included. */
  get alerts(): readonly AlertInfo[] {
    return [...this.#alerts.values()];
  }

  component(id: string): ComponentInfo | undefined {
    return this.#components.get(id);
  }

  alert(id: string): AlertInfo | undefined {
    return this.#alerts.get(id);
  }

  silence(id: string): Silence | undefined {
    return this.#silences.find((silence) => silence.id === id);
  }

  /** Asks for everything again; several at once are one. */
  async reload(): Promise<void> {
    this.#again = true;
    this.#reading ??= this.#read().finally(() => {
      this.#reading = null;
    });
    await this.#reading;
  }

  /** Forgets everything: there is no agent. */
  clear(): void {
    this.#components = new Map();
    this.#alerts = new Map();
    this.#silences = [];
    this.#settings = [];
    this.#loaded = false;
    this.onDidChange.fire(undefined);
  }

  /** Takes over what an event tells; asks again for what no event tells. */
  async apply(event: AgentEvent): Promise<void> {
    if (!this.#loaded) return;
    switch (event.kind) {
      case 'component/changed': {
        const { component } = event;
        const before = this.#components.get(component.id);
        this.#components.set(component.id, component);
        this.onDidChange.fire(undefined);
        if (this.#isNewToSettings(component, before)) await this.reload();
        return;
      }
      case 'component/removed':
        this.#components.delete(event.id);
        this.onDidChange.fire(undefined);
        await this.reload();
        return;
      case 'alert/changed': {
        const { alert } = event;
        this.#alerts.set(alert.id, alert);
        this.#forgetOld();
        this.onDidChange.fire(undefined);
        const { silencedBy, subject } = alert;
        const isNewSilence = silencedBy !== null && this.silence(silencedBy) === undefined;
        if (isNewSilence || subject.kind === 'settings') await this.reload();
        return;
      }
      default:
        return;
    }
  }

  async #read(): Promise<void> {
    while (this.#again) {
      this.#again = false;
      const [{ components }, { files }, { alerts, silences }] = await Promise.all([
        this.#call('component/list', {}),
        this.#call('component/settings', {}),
        this.#call('alert/list', { withResolved: true }),
      ]);
      this.#components = new Map(components.map((one) => [one.id, one]));
      this.#settings = files;
      this.#alerts = new Map(alerts.map((alert) => [alert.id, alert]));
      this.#forgetOld();
      this.#silences = silences;
      this.#loaded = true;
      this.onDidChange.fire(undefined);
    }
  }

  /** Whether the settings file of a component has something that is not known yet. */
  #isNewToSettings(component: ComponentInfo, before: ComponentInfo | undefined): boolean {
    if (component.origin.kind !== 'settings') return false;
    if (before === undefined) return true;
    return (before.state.kind === 'unapproved') !== (component.state.kind === 'unapproved');
  }

  #forgetOld(): void {
    const over = this.alerts
      .filter(({ state }) => state === 'resolved')
      .sort((a, b) => (b.endsAt ?? 0) - (a.endsAt ?? 0));
    for (const { id } of over.slice(KEPT_OVER)) this.#alerts.delete(id);
  }
}
