import { dirname } from 'node:path';
import type { Alert } from './alert';
import { rulesFor, type Reach } from './inhibition-rules';

/** For each path that is known to lie on a disk, the path that the disk is named by. */
export type DiskOfPath = ReadonlyMap<string, string>;

/**
 * Which alerts follow from which. Kept with every change, so that the cause of one alert is found
 * without looking at all the others. The state of an inhibited alert stays what it is; only its
 * notification is held back.
 */
export class CauseIndex {
  /** Without an entry nobody knows the disk, and nothing is muted because of one. */
  diskOf: DiskOfPath = new Map();
  /** Alerts that may be causes, by fault and by where they are. */
  readonly #places = new Map<string, Map<string, Alert>>();

  /** Takes up an alert, in the place of what was known of it. */
  put(alert: Alert): void {
    if (!isThere(alert)) {
      this.drop(alert);
      return;
    }
    for (const key of keysOf(alert)) {
      const known = this.#places.get(key);
      if (known === undefined) this.#places.set(key, new Map([[alert.fingerprint, alert]]));
      else known.set(alert.fingerprint, alert);
    }
  }

  drop(alert: Alert): void {
    for (const key of keysOf(alert)) {
      const known = this.#places.get(key);
      known?.delete(alert.fingerprint);
      if (known?.size === 0) this.#places.delete(key);
    }
  }

  /**
   * For each alert that follows from another: the fingerprint of its cause. Whatever the way through
   * causes, it ends at one that follows from nothing.
   */
  inhibited(alerts: Iterable<Alert>): Map<string, string> {
    const causes = new Map<string, Alert>();
    for (const alert of alerts) {
      const cause = this.#candidate(alert);
      if (cause !== null) causes.set(alert.fingerprint, cause);
    }
    return withoutCycles(causes);
  }

  /** The same for one alert; null when it follows from nothing. Looks only at what it follows from. */
  causeOf(alert: Alert): string | null {
    const causes = new Map<string, Alert>();
    let at = alert;
    while (!causes.has(at.fingerprint)) {
      const cause = this.#candidate(at);
      if (cause === null) break;
      causes.set(at.fingerprint, cause);
      at = cause;
    }
    return withoutCycles(causes).get(alert.fingerprint) ?? null;
  }

  #candidate(alert: Alert): Alert | null {
    if (!isThere(alert)) return null;
    for (const { cause, reach } of rulesFor(alert.fault)) {
      // Two alike explain each other only where one depends on the other.
      if (reach !== 'dependencies' && cause.includes(alert.fault)) continue;
      // Mostly there is none: then it matters not where it would be.
      if (!cause.some((fault) => this.#places.has(`${fault} anywhere`))) continue;
      for (const place of this.#placesFrom(alert, reach))
        for (const fault of cause)
          for (const found of this.#places.get(`${fault} ${place}`)?.values() ?? [])
            if (found.fingerprint !== alert.fingerprint) return found;
    }
    return null;
  }

  #placesFrom({ subject, details }: Alert, reach: Reach): readonly string[] {
    switch (reach) {
      case 'anywhere':
        return ['anywhere'];
      case 'group':
        return [`group ${subject.group}`];
      case 'component':
        return [`subject ${subject.id}`];
      case 'dependencies':
        return textOf(details['dependsOn'])
          .split(' ')
          .map((id) => `subject ${id}`);
      case 'disk': {
        const disk = this.diskOf.get(subject.group);
        return disk === undefined ? [] : [`group disk ${disk}`];
      }
      case 'folder':
        return [textOf(details['folder']), textOf(details['settingsFolder'])]
          .flatMap(withParents)
          .map((folder) => `group ${folder}`);
    }
  }
}

function isThere({ phase }: Alert): boolean {
  return phase.kind === 'firing' || phase.kind === 'resolving';
}

function keysOf({ fault, subject }: Alert): string[] {
  return [`${fault} anywhere`, `${fault} group ${subject.group}`, `${fault} subject ${subject.id}`];
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** A folder and those that it is in, innermost first. */
function withParents(folder: string): string[] {
  const found: string[] = [];
  for (let at = folder; at !== '' && at !== found.at(-1); at = dirname(at)) found.push(at);
  return found;
}

/** Where alerts follow from each other in a circle, the oldest of them follows from nothing. */
function withoutCycles(causes: ReadonlyMap<string, Alert>): Map<string, string> {
  const found = new Map<string, string>();
  for (const [id, cause] of causes) found.set(id, cause.fingerprint);
  /** On which way each was passed, by where that way began. */
  const passed = new Map<string, string>();
  for (const start of causes.keys()) {
    // What follows from something that follows from nothing is in no circle.
    if (passed.has(start) || !causes.has(found.get(start) ?? '')) continue;
    const way: string[] = [];
    let at: string | undefined = start;
    while (at !== undefined && !passed.has(at)) {
      passed.set(at, start);
      way.push(at);
      at = found.get(at);
    }
    if (at === undefined || passed.get(at) !== start) continue;
    const circle = way.slice(way.indexOf(at)).flatMap((id) => causes.get(id) ?? []);
    found.delete(circle.reduce((a, b) => (isOlder(b, a) ? b : a)).fingerprint);
  }
  return found;
}

function isOlder(a: Alert, b: Alert): boolean {
  return a.startsAt === b.startsAt ? a.fingerprint < b.fingerprint : a.startsAt < b.startsAt;
}
