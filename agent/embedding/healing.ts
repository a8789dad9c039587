import type { HardeningManager } from '../manager/hardening-manager';
import { incidentOfTarget } from '../manager/recoveries';
import type { Audited } from './audited';
import type { Healable } from './component';
import type { EmbeddedComponents } from './components';
import { recoveryOf } from './convert';
import type { SelfHealing } from './hardened-system';
import type { Recovery } from './views';

export interface HealingOptions {
  readonly manager: Pick<HardeningManager, 'health' | 'healing'>;
  readonly components: EmbeddedComponents;
  readonly audited: Audited;
}

/** The healing, as the program that it runs in asks it. */
export class Healing implements SelfHealing {
  readonly #options: HealingOptions;

  constructor(options: HealingOptions) {
    this.#options = options;
  }

  registerComponent(name: string, component: Healable): void {
    this.#options.components.heal(name, component);
  }

  recoveries(): readonly Recovery[] {
    return this.#options.manager.healing.list().map(recoveryOf);
  }

  recover(target: string, by: string): Promise<Recovery> {
    const { audited, manager } = this.#options;
    const { health, healing } = manager;
    return audited('recovery/start', { target, by }, async () => {
      const meant = incidentOfTarget(health, target);
      const incident = meant.fingerprint === null ? healing.incidentFor(meant) : meant;
      return recoveryOf(await healing.recover(incident, { by, only: null }));
    });
  }

  approve(recovery: string, by: string): Promise<Recovery> {
    const { audited, manager } = this.#options;
    return audited('recovery/approve', { recovery, by }, async () =>
      recoveryOf(await manager.healing.approve(recovery, by)),
    );
  }

  cancel(recovery: string, by: string): Promise<Recovery> {
    const { audited, manager } = this.#options;
    return audited('recovery/cancel', { recovery, by }, async () =>
      recoveryOf(await manager.healing.cancel(recovery, by)),
    );
  }
}
