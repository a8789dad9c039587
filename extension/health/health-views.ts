import type { AlertInfo } from '../../agent/protocol/health-entities';
import type { Clock } from '../clock';
import { count } from '../format';
import { LiveView } from '../live-view';
import type { Disposable } from '../signal';
import type { RowLook } from '../tree-items';
import type { NodeValue, TreeNode } from '../tree-node';
import { needsSomebody } from './alert-words';
import { alertGroups, consequencesOf, scopesOf } from './groups';
import type { HealthModel } from './health-model';

export interface HealthViewsOptions {
  readonly model: HealthModel;
  readonly clock: Clock;
  readonly look: RowLook;
}

/** The views of components and of alerts. */
export class HealthViews implements Disposable {
  readonly #model: HealthModel;
  readonly #components: LiveView;
  readonly #alerts: LiveView;
  readonly #following: Disposable;

  constructor({ model, clock, look }: HealthViewsOptions) {
    this.#model = model;
    this.#components = new LiveView({
      id: 'bulwark.components',
      clock,
      look,
      below: (parent) => this.#belowComponent(parent),
    });
    this.#alerts = new LiveView({
      id: 'bulwark.alerts',
      clock,
      look,
      below: (parent) => this.#belowAlert(parent),
      onDraw: (view) => {
        const urgent = model.alerts.filter(needsSomebody).length;
        const tooltip = count(urgent, 'alert needs somebody', 'alerts need somebody');
        view.badge = urgent === 0 ? undefined : { value: urgent, tooltip };
      },
    });
    this.#following = model.onDidChange.on(() => {
      this.#components.redraw();
      this.#alerts.redraw();
    });
  }

  /** Shows a component, with the focus on it. */
  async revealComponent(id: string): Promise<void> {
    await this.#components.reveal(
      (value) => value.kind === 'component' && value.component.id === id,
    );
  }

  /** Shows an alert, with the focus on it. */
  async revealAlert(id: string): Promise<void> {
    await this.#alerts.reveal((value) => value.kind === 'alert' && value.alert.id === id);
  }

  dispose(): void {
    this.#following.dispose();
    this.#components.dispose();
    this.#alerts.dispose();
  }

  #belowComponent(parent: TreeNode | null): readonly NodeValue[] {
    const model = this.#model;
    if (parent === null) {
      return scopesOf(model.components, model.settings).map((scope) => ({ kind: 'scope', scope }));
    }
    if (parent.value.kind !== 'scope') return [];
    return parent.value.scope.components.map((component) => ({ kind: 'component', component }));
  }

  #belowAlert(parent: TreeNode | null): readonly NodeValue[] {
    const model = this.#model;
    if (parent === null) {
      return alertGroups(model.alerts).map((group) => ({ kind: 'alert-group', group }));
    }
    if (parent.value.kind === 'alert-group') return parent.value.group.alerts.map(alertValue);
    if (parent.value.kind !== 'alert') return [];
    return consequencesOf(parent.value.alert, model.alerts).map(alertValue);
  }
}

function alertValue(alert: AlertInfo): NodeValue {
  return { kind: 'alert', alert };
}
