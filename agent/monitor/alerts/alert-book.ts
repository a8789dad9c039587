import { randomBytes } from 'node:crypto';
import { Emitter } from '../../support/emitter';
import { BulwarkError } from '../../support/errors';
import { FAULTS } from '../catalogue';
import type { Look, Subject } from '../finding';
import { fingerprintOf, type Alert } from './alert';
import { consequencesOf, effectsOf } from './consequences';
import { CauseIndex, type DiskOfPath } from './inhibition';
import { end, expire, restarted, step, type Moment, type Observation } from './machine';
import { Notifier, type DueNotification, type NotifierMemory } from './notifier';
import { isCurrent, LONGEST_SILENCE_MS, silences, type Matcher, type Silence } from './silence';

/** An alert with the marks beside its state. */
export interface AlertView extends Alert {
  /** Id of the silence that mutes it, or null. */
  readonly silencedBy: string | null;
  /** Fingerprint of the alert that it follows from, or null. */
  readonly inhibitedBy: string | null;
  /** Fingerprints of the alerts that follow directly from it. */
  readonly consequences: readonly string[];
}

/** Something that people have to be told: a cause, and what follows from it. */
export interface Notification extends DueNotification {
  /** Muted by themselves, because of one of `alerts`. */
  readonly consequences: readonly Alert[];
}

/** What outlives the agent. Ages instead of monotonic moments. */
export interface BookMemory {
  readonly alerts: readonly Alert[];
  readonly silences: readonly Silence[];
  readonly notifier: NotifierMemory;
}

/** An acknowledgement holds so long, ms. */
const ACKNOWLEDGED_MS = 4 * 3_600_000;
/** After the machine slept, what is bad is not believed for so long, ms. */
const GRACE_MS = 30_000;
const KEPT_RESOLVED = 200;
const MAX_SILENCES = 200;

/** All alerts. Pure but for its own state: the time is passed in. */
export class AlertBook {
  /**
   * An alert whose state or marks are others than before. What follows from an alert that changed is
   * known at the next {@link tick}, and told then.
   */
  readonly onChange = new Emitter<AlertView>();
  /** Something that people have to be told. */
  readonly onNotify = new Emitter<Notification>();
  /** Fingerprints of what is being recovered: it needs nobody meanwhile. The state stays. */
  recovering: ReadonlySet<string> = new Set();
  readonly #alerts = new Map<string, Alert>();
  readonly #bySubject = new Map<string, Set<string>>();
  readonly #causes = new CauseIndex();
  /** As of the last tick: for each alert that follows from another its cause, and the other way. */
  #inhibited: ReadonlyMap<string, string> = new Map();
  #effects: ReadonlyMap<string, readonly string[]> = new Map();
  #resolved: Alert[] = [];
  #silences: Silence[];
  readonly #notifier: Notifier;
  #graceUntil = Number.NEGATIVE_INFINITY;

  constructor(now: Moment, memory?: BookMemory) {
    this.#notifier = new Notifier(now, memory?.notifier);
    this.#silences = [...(memory?.silences ?? [])];
    for (const alert of memory?.alerts ?? [])
      if (alert.phase.kind === 'resolved') this.#resolved.push(alert);
      // Until it is looked at again, nobody knows.
      else this.#put({ ...restarted(alert, now), unknown: true });
  }

  /** Where worktrees and repositories lie: a full disk explains only what happens on it. */
  set disks(diskOf: DiskOfPath) {
    this.#causes.diskOf = diskOf;
  }

  memory(now: Moment): BookMemory {
    return {
      alerts: [...this.#alerts.values()]
        .filter(({ phase }) => phase.kind !== 'pending')
        .concat(this.#resolved),
      silences: this.#silences,
      notifier: this.#notifier.memory(now),
    };
  }

  /** Takes in what a look found, and what it did not find any more. */
  observe(look: Look, now: Moment): void {
    const seen = new Set<string>();
    for (const finding of look.findings) {
      const kind = FAULTS[finding.fault];
      const condition = now.mono < this.#graceUntil ? 'unknown' : 'bad';
      seen.add(fingerprintOf(finding.fault, finding.subject, finding.part));
      const { forMs = kind.forMs } = finding;
      this.#step({ ...finding, condition, severity: kind.severity, forMs }, now);
    }
    for (const fingerprint of this.#bySubject.get(keyOf(look.subject)) ?? []) {
      const alert = this.#alerts.get(fingerprint);
      if (alert === undefined || seen.has(fingerprint) || !look.covers.includes(alert.fault))
        continue;
      const condition = look.unknown.includes(alert.fault)
        ? 'unknown'
        : look.between.includes(alert.fault)
          ? 'between'
          : 'good';
      this.#step({ ...alert, condition, forMs: FAULTS[alert.fault].forMs }, now);
    }
  }

  /** Ends the alerts of what is not there any more. @param exists tells of a subject */
  retain(exists: (subject: Subject) => boolean, now: Moment): void {
    for (const alert of [...this.#alerts.values()])
      if (!exists(alert.subject)) this.#set(end(alert, 'gone', now), alert);
  }

  /** The machine slept, or its clock jumped: what takes time begins anew, and nothing bad is believed for 30 s. */
  slept(now: Moment): void {
    this.#graceUntil = now.mono + GRACE_MS;
    for (const alert of [...this.#alerts.values()]) this.#set(restarted(alert, now), alert);
  }

  /** Lets acknowledgements and silences end, and tells people what is due. Asked every few seconds. */
  tick(now: Moment): void {
    this.#silences = this.#silences.filter((silence) => isCurrent(silence, now.wall));
    for (const alert of [...this.#alerts.values()]) this.#set(expire(alert, now), alert);
    const inhibited = this.#causes.inhibited(this.#alerts.values());
    this.#tellMarks(inhibited);
    if (now.mono < this.#graceUntil) return;
    const audible: Alert[] = [];
    const active = new Set<string>();
    for (const alert of this.#alerts.values()) {
      if (alert.phase.kind === 'pending') continue;
      active.add(alert.fingerprint);
      const isMuted =
        // What came back by itself before anyone was told needs nobody.
        alert.phase.kind !== 'firing' ||
        alert.severity === 'info' ||
        alert.flapping ||
        inhibited.has(alert.fingerprint) ||
        this.recovering.has(alert.fingerprint) ||
        this.#silencedBy(alert) !== null;
      if (!isMuted) audible.push(alert);
    }
    const due = this.#notifier.due(audible, active, now);
    if (due.length === 0) return;
    const following = consequencesOf(inhibited);
    for (const told of due) {
      const ids = told.alerts.flatMap(({ fingerprint }) => following.get(fingerprint) ?? []);
      const consequences = ids.flatMap((id) => this.#alerts.get(id) ?? []);
      this.onNotify.emit({ ...told, consequences });
    }
  }

  /** Those that are not over, worst and newest first; then, if asked for, those that are. */
  list(withResolved = false): AlertView[] {
    const inhibited = this.#causes.inhibited(this.#alerts.values());
    const effects = effectsOf(inhibited);
    const view = (alert: Alert): AlertView => ({
      ...alert,
      silencedBy: this.#silencedBy(alert),
      inhibitedBy: inhibited.get(alert.fingerprint) ?? null,
      consequences: effects.get(alert.fingerprint) ?? [],
    });
    const active = [...this.#alerts.values()].map(view).sort(inOrder);
    return withResolved ? [...active, ...this.#resolved.toReversed().map(view)] : active;
  }

  /** Ids of the subjects with an alert that fires as soon as another look has seen its fault long enough. */
  pendingSubjects(): ReadonlySet<string> {
    const pending = [...this.#alerts.values()].filter(({ phase }) => phase.kind === 'pending');
    return new Set(pending.map(({ subject }) => subject.id));
  }

  /** When an alert ended, ms since 1970; null while it has not, undefined where nobody knows it any more. */
  endOf(fingerprint: string): number | null | undefined {
    if (this.#alerts.has(fingerprint)) return null;
    return this.#resolved.findLast((one) => one.fingerprint === fingerprint)?.endsAt;
  }

  get silences(): readonly Silence[] {
    return this.#silences;
  }

  /**
   * Somebody has seen it: no reminders for 4 h, unless it becomes worse.
   * @throws BulwarkError `alert-unknown`
   */
  acknowledge(id: string, { by, note }: { by: string; note: string }, now: Moment): AlertView {
    const alert = this.#find(id);
    const { severity } = alert;
    const until = now.wall + ACKNOWLEDGED_MS;
    this.#set({ ...alert, acknowledged: { by, note, at: now.wall, until, severity } }, alert);
    return this.#viewOf(this.#alerts.get(alert.fingerprint) ?? alert);
  }

  /**
   * Ends an alert by hand. A fault that is still there comes back with the next look.
   * @throws BulwarkError `alert-unknown`
   */
  resolve(id: string, now: Moment): AlertView {
    const alert = this.#find(id);
    const over = end(alert, 'asked', now);
    this.#set(over, alert);
    return this.#viewOf(over);
  }

  /** @param forMs at most 24 h @throws BulwarkError `busy` when there are too many */
  silence(
    order: { matchers: readonly Matcher[]; author: string; reason: string; forMs: number },
    now: Moment,
  ): Silence {
    if (this.#silences.length >= MAX_SILENCES)
      throw new BulwarkError('busy', `there are ${String(MAX_SILENCES)} silences already`, {
        hint: 'End some of them first.',
      });
    const { matchers, author, reason } = order;
    const silence = {
      id: randomBytes(4).toString('hex'),
      matchers,
      author,
      reason,
      createdAt: now.wall,
      endsAt: now.wall + Math.min(order.forMs, LONGEST_SILENCE_MS),
    };
    this.#silences.push(silence);
    this.#tellSilenced(silence);
    return silence;
  }

  /** @throws BulwarkError `alert-unknown` */
  endSilence(id: string): void {
    const silence = this.#silences.find((one) => one.id === id);
    if (silence === undefined) throw new BulwarkError('alert-unknown', `there is no silence ${id}`);
    this.#silences = this.#silences.filter((one) => one !== silence);
    this.#tellSilenced(silence);
  }

  #tellSilenced(silence: Silence): void {
    for (const alert of this.#alerts.values())
      if (silences(silence, alert)) this.onChange.emit(this.#viewOf(alert));
  }

  #step(seen: Observation, now: Moment): void {
    const fingerprint = fingerprintOf(seen.fault, seen.subject, seen.part);
    const before =
      this.#alerts.get(fingerprint) ??
      this.#resolved.findLast((one) => one.fingerprint === fingerprint) ??
      null;
    const next = step(before, seen, now);
    if (next === null) {
      if (before !== null) this.#drop(before);
    } else if (next.phase.kind !== 'resolved' || this.#alerts.has(fingerprint))
      this.#set(next, before);
  }

  #set(next: Alert, before: Alert | null): void {
    if (next === before) return;
    if (next.phase.kind === 'resolved') {
      this.#drop(next);
      this.#resolved = [...this.#resolved, next].slice(-KEPT_RESOLVED);
    } else this.#put(next);
    if (before === null || differs(before, next)) this.onChange.emit(this.#viewOf(next));
  }

  #put(alert: Alert): void {
    this.#alerts.set(alert.fingerprint, alert);
    this.#causes.put(alert);
    const key = keyOf(alert.subject);
    const known = this.#bySubject.get(key) ?? new Set();
    known.add(alert.fingerprint);
    this.#bySubject.set(key, known);
  }

  #drop(alert: Alert): void {
    const { fingerprint, subject } = alert;
    this.#alerts.delete(fingerprint);
    this.#causes.drop(alert);
    const known = this.#bySubject.get(keyOf(subject));
    known?.delete(fingerprint);
    if (known?.size === 0) this.#bySubject.delete(keyOf(subject));
  }

  #silencedBy(alert: Alert): string | null {
    return this.#silences.find((one) => silences(one, alert))?.id ?? null;
  }

  #find(id: string): Alert {
    const found = [...this.#alerts.values()].filter(({ fingerprint }) =>
      fingerprint.startsWith(id),
    );
    const [alert] = found;
    if (alert === undefined || id === '')
      throw new BulwarkError('alert-unknown', `no alert has the id ${id}`, {
        hint: 'List them with: bulwark alerts list',
      });
    if (found.length > 1)
      throw new BulwarkError(
        'alert-unknown',
        `${String(found.length)} alerts have ids that begin with ${id}`,
        {
          hint: 'Give more of the id.',
        },
      );
    return alert;
  }

  /** One alert with its marks, without looking at all the others. */
  #viewOf(alert: Alert): AlertView {
    return {
      ...alert,
      silencedBy: this.#silencedBy(alert),
      inhibitedBy: this.#causes.causeOf(alert),
      consequences:
        alert.phase.kind === 'resolved' ? [] : (this.#effects.get(alert.fingerprint) ?? []),
    };
  }

  /** Tells of alerts that follow from another one than before, and of those that they follow from. */
  #tellMarks(inhibited: ReadonlyMap<string, string>): void {
    const before = this.#inhibited;
    this.#inhibited = inhibited;
    this.#effects = effectsOf(inhibited);
    const changed = new Set<string>();
    for (const [effect, cause] of inhibited)
      if (before.get(effect) !== cause) changed.add(effect).add(cause);
    for (const [effect, cause] of before)
      if (inhibited.get(effect) !== cause) changed.add(effect).add(cause);
    for (const fingerprint of changed) {
      const alert = this.#alerts.get(fingerprint);
      if (alert !== undefined) this.onChange.emit(this.#viewOf(alert));
    }
  }
}

const ORDER = { critical: 0, warning: 1, info: 2 } as const;

function inOrder(a: Alert, b: Alert): number {
  return ORDER[a.severity] - ORDER[b.severity] || b.startsAt - a.startsAt;
}

function keyOf({ kind, id }: Subject): string {
  return `${kind} ${id}`;
}

/** Whether people would see a difference. */
function differs(a: Alert, b: Alert): boolean {
  return (
    a.phase.kind !== b.phase.kind ||
    a.unknown !== b.unknown ||
    a.severity !== b.severity ||
    a.flapping !== b.flapping ||
    a.acknowledged !== b.acknowledged
  );
}
