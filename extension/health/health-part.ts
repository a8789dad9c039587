import * as os from 'node:os';
import type { WorktreeInfo } from '../../agent/protocol/entities';
import type { Clock } from '../clock';
import type { Connection } from '../connection';
import type { Disposable } from '../signal';
import type { RowLook } from '../tree-items';
import { AlertStatusItem } from './alert-status-item';
import { byUrgency, isActive } from './alert-words';
import { ComponentLogs } from './component-logs';
import { consequencesOf } from './groups';
import { HealthModel } from './health-model';
import { HealthViews } from './health-views';
import { SettingsProblems } from './settings-problems';

/** Everything of a window that is about components and alerts. */
export class HealthPart implements Disposable {
  readonly model: HealthModel;
  readonly logs: ComponentLogs;
  readonly look: RowLook;
  readonly views: HealthViews;
  readonly #disposables: readonly Disposable[];

  constructor({ call, clock }: { call: Connection['call']; clock: Clock }) {
    const model = new HealthModel(call);
    this.model = model;
    this.logs = new ComponentLogs({ call, clock });
    this.look = {
      now: () => clock.now(),
      silence: (id) => model.silence(id),
      alert: (id) => model.alert(id),
      consequences: (alert) => consequencesOf(alert, model.alerts),
      faultsOf: (worktree) => faultsOf(worktree, model),
    };
    this.views = new HealthViews({ model, clock, look: this.look });
    this.#disposables = [
      this.logs,
      this.views,
      new AlertStatusItem(model),
      new SettingsProblems(model),
    ];
  }

  dispose(): void {
    for (const disposable of this.#disposables) disposable.dispose();
  }
}

/** Alerts of a worktree; those of its repository are told with its main one. */
function faultsOf({ source, repository, main }: WorktreeInfo, { alerts }: HealthModel) {
  return alerts
    .filter(
      ({ subject }) =>
        (subject.kind === 'worktree' && subject.id === source) ||
        (subject.kind === 'repository' && main && subject.id === repository),
    )
    .filter((alert) => isActive(alert) && alert.inhibitedBy === null)
    .sort(byUrgency);
}

/** The name of who sits at this machine; systems may know none. */
export function personName(): string {
  try {
    return os.userInfo().username || 'somebody';
  } catch {
    return 'somebody';
  }
}
