import * as os from 'node:os';
import type { WorktreeInfo } from '../../agent/protocol/entities';
import type { Clock } from '../clock';
import type { Connection } from '../connection';
import { RecoveryDocuments } from '../recoveries/recovery-documents';
import { RecoveryModel } from '../recoveries/recovery-model';
import { RecoveryView } from '../recoveries/recovery-view';
import { distinctPlace } from '../short-names';
import type { Disposable } from '../signal';
import type { RowLook } from '../tree-items';
import { AlertStatusItem } from './alert-status-item';
import { byUrgency, isActive, needsSomebody } from './alert-words';
import { ComponentLogs } from './component-logs';
import { consequencesOf } from './groups';
import { HealthModel } from './health-model';
import { HealthViews } from './health-views';
import { SettingsProblems } from './settings-problems';

export interface HealthPartOptions {
  readonly call: Connection['call'];
  readonly clock: Clock;
  readonly worktrees: () => readonly WorktreeInfo[];
}

interface Subject {
  readonly kind: string;
  readonly id: string;
}

/** Everything of a window that is about components, alerts and recoveries. */
export class HealthPart implements Disposable {
  readonly model: HealthModel;
  readonly logs: ComponentLogs;
  readonly look: RowLook;
  readonly views: HealthViews;
  readonly recoveries: RecoveryModel;
  readonly recoveryView: RecoveryView;
  readonly recoveryDocuments: RecoveryDocuments;
  readonly #disposables: readonly Disposable[];

  constructor({ call, clock, worktrees }: HealthPartOptions) {
    const model = new HealthModel(call);
    const recoveries = new RecoveryModel(call);
    const now = (): number => clock.now();
    this.model = model;
    this.recoveries = recoveries;
    this.logs = new ComponentLogs({ call, clock });
    this.look = {
      now,
      silence: (id) => model.silence(id),
      alert: (id) => model.alert(id),
      consequences: (alert) => consequencesOf(alert, model.alerts),
      faultsOf: (worktree) => faultsOf(worktree, model),
      placeOf: ({ path }) =>
        distinctPlace(
          path,
          worktrees().map((one) => one.path),
        ),
      strategyTitle: (strategy) => recoveries.title(strategy),
    };
    const { look } = this;
    this.views = new HealthViews({ model, clock, look });
    this.recoveryDocuments = new RecoveryDocuments({ model: recoveries, now });
    this.recoveryView = new RecoveryView({
      model: recoveries,
      clock,
      look,
      isCounted: ({ subject }) =>
        model.alerts.some((one) => needsSomebody(one) && isSame(one.subject, subject)),
    });
    this.#disposables = [
      this.logs,
      this.views,
      this.recoveryDocuments,
      this.recoveryView,
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

function isSame(one: Subject, other: Subject): boolean {
  return one.kind === other.kind && one.id === other.id;
}

/** The name of who sits at this machine; systems may know none. */
export function personName(): string {
  try {
    return os.userInfo().username || 'somebody';
  } catch {
    return 'somebody';
  }
}
