import type { AlertInfo, ComponentInfo, SettingsFile } from '../../agent/protocol/health-entities';
import { count } from '../format';
import { displayName } from '../names';
import { distinctPlace } from '../short-names';
import { byUrgency, isActive, needsSomebody, subjectLabel } from './alert-words';
import { isBroken } from './component-words';

/** Components that are described or registered in one place. */
export interface Scope {
  readonly key: string;
  readonly label: string;
  readonly description: string;
  /** The settings file that describes them; null for what a program registered. */
  readonly file: SettingsFile | null;
  readonly components: readonly ComponentInfo[];
}

/** Alerts of one thing: a worktree, a component, the machine; or those that are over. */
export interface AlertGroup {
  readonly key: string;
  readonly label: string;
  readonly kind: AlertInfo['subject']['kind'] | 'over';
  /** Where it is, as far as it tells it from others of its name; else nothing. */
  readonly place: string;
  readonly alerts: readonly AlertInfo[];
}

/** Components by where they come from; files with nothing but mistakes are among them. */
export function scopesOf(
  components: readonly ComponentInfo[],
  files: readonly SettingsFile[],
): readonly Scope[] {
  const scopes = files
    .map((file): Scope => {
      const own = components.filter(
        ({ origin }) => origin.kind === 'settings' && origin.file === file.file,
      );
      return scope(`file ${file.file}`, labelOf(file), file, own);
    })
    .filter(({ file, components: some }) => some.length > 0 || (file?.problems.length ?? 0) > 0);
  const programs = grouped(components, ({ origin }) =>
    origin.kind === 'program' ? origin.name : null,
  );
  for (const [name, some] of programs) {
    scopes.push(scope(`program ${name}`, `Registered by ${displayName(name)}`, null, some));
  }
  return scopes.sort((a, b) => a.label.localeCompare(b.label, 'en', { numeric: true }));
}

/** Alerts by what they are of, the worst first; consequences are below their causes. */
export function alertGroups(alerts: readonly AlertInfo[]): readonly AlertGroup[] {
  const active = alerts.filter(isActive).sort(byUrgency);
  const ids = new Set(active.map(({ id }) => id));
  const leading = active.filter(({ inhibitedBy }) => inhibitedBy === null || !ids.has(inhibitedBy));
  const groups = grouped(leading, ({ subject }) => `${subject.kind} ${subject.id}`);
  const subjects = [...groups.values()].flatMap(([first]) => first?.subject ?? []);
  const found = [...groups].flatMap(([key, some]): AlertGroup[] => {
    const [first] = some;
    if (first === undefined) return [];
    const { subject } = first;
    const alike = subjects.filter(({ kind }) => kind === subject.kind).map(({ name }) => name);
    const place = displayName(distinctPlace(subject.name, alike));
    return [{ key, kind: subject.kind, label: subjectLabel(subject), place, alerts: some }];
  });
  const over = alerts
    .filter(({ state }) => state === 'resolved')
    .sort((a, b) => (b.endsAt ?? 0) - (a.endsAt ?? 0));
  if (over.length > 0)
    found.push({ key: 'over', kind: 'over', label: 'Over', place: '', alerts: over });
  return found;
}

/** What follows from an alert. */
export function consequencesOf(
  { id }: AlertInfo,
  alerts: readonly AlertInfo[],
): readonly AlertInfo[] {
  return alerts.filter((one) => one.inhibitedBy === id && isActive(one)).sort(byUrgency);
}

/** What a group's row says beside its name. */
export function groupDescription({ kind, place, alerts }: AlertGroup): string {
  if (kind === 'over') return count(alerts.length, 'alert');
  const urgent = alerts.filter(needsSomebody).length;
  const needs =
    urgent === 0 ? 'nothing needs you' : urgent === 1 ? '1 needs you' : `${urgent} need you`;
  return [place, kindWords(kind), needs].filter((part) => part !== '').join(' · ');
}

function kindWords(kind: AlertInfo['subject']['kind']): string {
  switch (kind) {
    case 'machine':
      return 'this machine';
    case 'agent':
      return 'Bulwark’s agent';
    case 'settings':
      return 'settings file';
    case 'component':
    case 'worktree':
    case 'repository':
      return kind;
  }
}

/** Those with a key, by it, in the order in which they come. */
function grouped<T>(all: readonly T[], keyOf: (one: T) => string | null): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const one of all) {
    const key = keyOf(one);
    if (key === null) continue;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [one]);
    else group.push(one);
  }
  return groups;
}

function scope(
  key: string,
  label: string,
  file: SettingsFile | null,
  components: readonly ComponentInfo[],
): Scope {
  const sorted = [...components].sort((a, b) => a.id.localeCompare(b.id, 'en', { numeric: true }));
  const parts: string[] = [];
  if (components.length > 0) parts.push(count(components.length, 'component'));
  const broken = components.filter(isBroken).length;
  if (broken > 0) parts.push(`${broken} down`);
  if (file?.approved === false && components.length > 0) parts.unshift('waits for your approval');
  const mistakes = file?.problems.length ?? 0;
  if (mistakes > 0) parts.push(count(mistakes, 'mistake'));
  return { key, label, description: parts.join(' · '), file, components: sorted };
}

/** The folder that a settings file is for. */
function labelOf({ file, foreign }: SettingsFile): string {
  if (!foreign) return 'Your Own';
  const parts = file.split(/[\\/]/);
  return displayName(parts.at(-2) ?? file);
}
