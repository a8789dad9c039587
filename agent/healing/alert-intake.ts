import type { ComponentView } from '../components/component';
import type { ComponentRegistry } from '../components/component-registry';
import type { AlertBook, AlertView } from '../monitor/alerts/alert-book';
import type { Clock, Timer } from '../support/clock';
import type { Log } from '../support/log';
import { alertIncident, isStillSo } from './alerts';
import type { Incident } from './incident';

export interface AlertIntakeOptions {
  readonly health: {
    readonly alerts: Pick<AlertBook, 'list'>;
    readonly components: Pick<ComponentRegistry, 'list'>;
  };
  readonly clock: Clock;
  readonly log: Log;
  /** Between the moment when a fault is found and the one when something is done about it, ms. */
  readonly settleMs: number;
  /** Whether nothing is left to try about a fault; over when told so by {@link over}. */
  isLeft(fingerprint: string): boolean;
  /** A fault is over. */
  over(fingerprint: string): void;
  /** Something is to be done about this. */
  begin(incident: Incident): void;
}

/**
 * Which alerts something is done about, and when: each has to settle first, because one cause shows in
 * many places within seconds; what follows from something that is dealt with itself waits for it.
 */
export class AlertIntake {
  readonly #options: AlertIntakeOptions;
  /** Since when alerts fire, by the monotonic clock, and what looks at them again. */
  readonly #firing = new Map<string, { readonly since: number; timer: Timer | null }>();
  #closed = false;

  constructor(options: AlertIntakeOptions) {
    this.#options = options;
  }

  /** Considers all there are. @param component only those of this one */
  considerAll(component?: ComponentView['id']): void {
    for (const alert of this.#options.health.alerts.list())
      if (
        component === undefined ||
        (alert.subject.kind === 'component' && alert.subject.id === component)
      )
        this.consider(alert);
  }

  consider(alert: AlertView): void {
    const { fingerprint, phase } = alert;
    if (phase.kind === 'resolved' || phase.kind === 'resolving') this.#options.over(fingerprint);
    if (phase.kind !== 'firing') {
      this.#firing.get(fingerprint)?.timer?.cancel();
      this.#firing.delete(fingerprint);
      return;
    }
    if (this.#mayBegin(alert)) this.#begin(alert);
  }

  close(): void {
    this.#closed = true;
    for (const { timer } of this.#firing.values()) timer?.cancel();
    this.#firing.clear();
  }

  /** Whether it has settled, and is not left to its cause; looks again where it is not so. */
  #mayBegin(alert: AlertView): boolean {
    const { clock, settleMs } = this.#options;
    const { fingerprint } = alert;
    const known = this.#firing.get(fingerprint) ?? { since: clock.monotonic(), timer: null };
    this.#firing.set(fingerprint, known);
    const left = known.since + settleMs - clock.monotonic();
    if (left <= 0 && !this.#isLeftToItsCause(alert)) return true;
    this.#lookAgain(fingerprint, left > 0 ? left : settleMs);
    return false;
  }

  #lookAgain(fingerprint: string, ms: number): void {
    const known = this.#firing.get(fingerprint);
    if (known?.timer !== null || this.#closed) return;
    known.timer = this.#options.clock.setTimeout(() => {
      known.timer = null;
      const alert = this.#find(fingerprint);
      if (alert === null) this.#firing.delete(fingerprint);
      else this.consider(alert);
    }, ms);
  }

  #begin(alert: AlertView): void {
    const incident = this.#incidentOf(alert);
    if (incident === null) return;
    // What goes to and fro is not made steadier by acting on it.
    if (alert.flapping)
      this.#options.log.info('It goes to and fro: nothing is done about it', {
        alert: alert.fingerprint,
      });
    else this.#options.begin(incident);
  }

  /** Whether it follows from something that is dealt with: then it may be over with that. */
  #isLeftToItsCause({ inhibitedBy }: AlertView): boolean {
    // No way through causes is a circle.
    let cause = inhibitedBy === null ? null : this.#find(inhibitedBy);
    while (cause !== null) {
      const isDealtWith =
        cause.phase.kind === 'firing' &&
        !cause.flapping &&
        !this.#options.isLeft(cause.fingerprint) &&
        this.#incidentOf(cause) !== null;
      if (isDealtWith) return true;
      cause = cause.inhibitedBy === null ? null : this.#find(cause.inhibitedBy);
    }
    return false;
  }

  /** Null where nothing can be done about it, and where it is not so any more. */
  #incidentOf(alert: AlertView): Incident | null {
    const { components } = this.#options.health;
    if (alert.unknown || !isStillSo(components, alert)) return null;
    return alertIncident(components, alert);
  }

  #find(fingerprint: string): AlertView | null {
    const { alerts } = this.#options.health;
    return alerts.list().find((one) => one.fingerprint === fingerprint) ?? null;
  }
}
