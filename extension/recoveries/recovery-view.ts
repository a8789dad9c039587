import type { RecoveryInfo } from '../../agent/protocol/recovery-entities';
import type { Clock } from '../clock';
import { count } from '../format';
import { LiveView } from '../live-view';
import type { Disposable } from '../signal';
import type { RowLook } from '../tree-items';
import type { RecoveryModel } from './recovery-model';
import { belowRecovery } from './recovery-rows';

export interface RecoveryViewOptions {
  readonly model: RecoveryModel;
  readonly clock: Clock;
  readonly look: RowLook;
  /** Whether the badge of another view counts what this recovery is of. */
  readonly isCounted: (recovery: RecoveryInfo) => boolean;
}

/** The view of recoveries; its badge counts those that wait for a yes. */
export class RecoveryView implements Disposable {
  readonly #view: LiveView;
  readonly #following: Disposable;

  constructor({ model, clock, look, isCounted }: RecoveryViewOptions) {
    this.#view = new LiveView({
      id: 'bulwark.recoveries',
      clock,
      look,
      below: (parent) => belowRecovery(parent, model.list),
      onDraw: (view) => {
        const waiting = model.list.filter(({ state }) => state === 'approval');
        const more = waiting.filter((one) => !isCounted(one)).length;
        const tooltip = `${count(more, 'recovery waits', 'recoveries wait')} for approval`;
        view.badge = more === 0 ? undefined : { value: more, tooltip };
      },
    });
    this.#following = model.onDidChange.on(() => {
      this.#view.redraw();
    });
  }

  /** Shows a recovery, with the focus on it. */
  async reveal(id: string): Promise<void> {
    await this.#view.reveal((value) => value.kind === 'recovery' && value.recovery.id === id);
  }

  dispose(): void {
    this.#following.dispose();
    this.#view.dispose();
  }
}
