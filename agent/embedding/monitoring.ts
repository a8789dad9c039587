import type { HardeningManager } from '../manager/hardening-manager';
import type { Audited } from './audited';
import type { Watchable } from './component';
import type { EmbeddedComponents } from './components';
import { componentOf } from './convert';
import type { HealthMonitoring } from './hardened-system';
import type { ComponentStatus } from './views';

export interface MonitoringOptions {
  readonly manager: Pick<HardeningManager, 'health'>;
  readonly components: EmbeddedComponents;
  readonly audited: Audited;
}

/** The monitor, as the program that it runs in asks it. */
export class Monitoring implements HealthMonitoring {
  readonly #options: MonitoringOptions;

  constructor(options: MonitoringOptions) {
    this.#options = options;
  }

  registerComponent(name: string, component: Watchable): Promise<void> {
    const { audited, components } = this.#options;
    return audited('component/register', { name }, () => components.watch(name, component));
  }

  unregisterComponent(name: string): Promise<void> {
    const { audited, components } = this.#options;
    return audited('component/unregister', { id: name }, () => components.remove(name));
  }

  async check(name: string): Promise<ComponentStatus> {
    const { components } = this.#options.manager.health;
    await components.check(components.view(name).id);
    return componentOf(components.view(name));
  }
}
