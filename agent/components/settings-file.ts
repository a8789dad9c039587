import type { z } from 'zod';
import { alertRule, type AlertRule } from '../protocol/alert-rule';
import { componentName, componentsFile, componentSpec } from '../protocol/component-spec';
import type { ComponentSpec } from '../protocol/component-spec';
import { findCycle } from './dependencies';
import { mistakeWords } from './mistake-words';
import { SettingsPlaces, type Place } from './settings-places';

/** What is wrong in a settings file; the rest of it counts. */
export interface SettingsProblem {
  /** Name of the component, or null for the file as a whole. */
  readonly component: string | null;
  /** Key that is wrong, below the component; empty for the whole. */
  readonly key: string;
  readonly message: string;
  /** Where it stands, both from 1; null where it is the file that cannot be read. */
  readonly line: number | null;
  readonly column: number | null;
}

export interface ReadSettings {
  readonly components: ReadonlyMap<string, ComponentSpec>;
  readonly rules: ReadonlyMap<string, AlertRule>;
  readonly problems: readonly SettingsProblem[];
}

/** More would be a mistake. */
const MAX_COMPONENTS = 500;
const MAX_RULES = 100;
const SHOWN_ISSUES = 5;
/** A mistake is told by what was there. */
const REPORT = { reportInput: true };

/** Reads the text of a `bulwark.json`: what can be used, and what is wrong with the rest. Never throws. */
export function readSettingsText(text: string): ReadSettings {
  const plain = text.replace(/^\ufeff/, '');
  const places = new SettingsPlaces(plain);
  const parsed = parseJson(plain);
  if (parsed === null) {
    const { message, place } = places.syntaxError;
    return nothingUsable([fileProblem(message, place)]);
  }
  const file = componentsFile.safeParse(parsed.value, REPORT);
  if (!file.success) return nothingUsable(problemsOf([], file.error.issues, places));
  const entries = Object.entries(file.data.components);
  const problems: SettingsProblem[] = [];
  if (entries.length > MAX_COMPONENTS)
    problems.push(
      fileProblem(
        `only the first ${String(MAX_COMPONENTS)} components are used`,
        places.of(['components', entries[MAX_COMPONENTS]?.[0] ?? ''], 'key'),
      ),
    );
  const components = new Map<string, ComponentSpec>();
  // The one name that no object can be given: it would be passed over in silence.
  for (const [kind, described] of Object.entries(parsed.value ?? {}))
    if (isObject(described) && Object.hasOwn(described, '__proto__'))
      problems.push(
        fileProblem('"__proto__" can be no name', places.of([kind, '__proto__'], 'key')),
      );
  for (const [name, value] of entries.slice(0, MAX_COMPONENTS)) {
    const named = componentName.safeParse(name);
    const spec = componentSpec.safeParse(value, REPORT);
    if (!named.success) {
      const place = places.of(['components', name], 'key');
      for (const { message } of named.error.issues.slice(0, SHOWN_ISSUES))
        problems.push({ component: name, key: '', message, ...partsOf(place) });
    } else if (spec.success) components.set(name, spec.data);
    else problems.push(...problemsOf(['components', name], spec.error.issues, places));
  }
  const rules = rulesOf(file.data.alerts, problems, places);
  return withoutBadDependencies({ components, rules, problems }, places);
}

/** A file of which nothing counts. */
export function nothingUsable(problems: readonly SettingsProblem[]): ReadSettings {
  return { components: new Map(), rules: new Map(), problems };
}

/** The alert rules that can be used; what is wrong with the others is added to the problems. */
function rulesOf(
  alerts: Readonly<Record<string, unknown>>,
  problems: SettingsProblem[],
  places: SettingsPlaces,
): ReadonlyMap<string, AlertRule> {
  const rules = new Map<string, AlertRule>();
  const entries = Object.entries(alerts);
  const tooMany = entries[MAX_RULES]?.[0];
  if (tooMany !== undefined)
    problems.push(
      fileProblem(
        `only the first ${String(MAX_RULES)} alert rules are used`,
        places.of(['alerts', tooMany], 'key'),
      ),
    );
  for (const [name, value] of entries.slice(0, MAX_RULES)) {
    const named = componentName.safeParse(name);
    const rule = alertRule.safeParse(value, REPORT);
    if (!named.success) {
      const place = places.of(['alerts', name], 'key');
      for (const { message } of named.error.issues.slice(0, SHOWN_ISSUES))
        problems.push({ component: null, key: `alerts.${name}`, message, ...partsOf(place) });
    } else if (rule.success) rules.set(name, rule.data);
    else problems.push(...problemsOf(['alerts', name], rule.error.issues, places));
  }
  return rules;
}

/** Leaves out what depends on itself, and what depends on something that is not usable. */
function withoutBadDependencies(
  {
    components,
    rules,
    problems,
  }: {
    readonly components: Map<string, ComponentSpec>;
    readonly rules: ReadonlyMap<string, AlertRule>;
    readonly problems: SettingsProblem[];
  },
  places: SettingsPlaces,
): ReadSettings {
  const graphOf = (): Map<string, readonly string[]> =>
    new Map([...components].map(([name, { dependsOn = [] }]) => [name, dependsOn]));
  const leaveOut = (component: string, dependency: string | undefined, message: string): void => {
    const at = components.get(component)?.dependsOn?.indexOf(dependency ?? '') ?? 0;
    const place = places.of(['components', component, 'dependsOn', at]);
    components.delete(component);
    problems.push({ component, key: 'dependsOn', message, ...partsOf(place) });
  };
  for (let cycle = findCycle(graphOf()); cycle !== null; cycle = findCycle(graphOf())) {
    const message = `it depends on itself: ${cycle.join(' → ')}`;
    for (const [at, component] of cycle.slice(0, -1).entries())
      leaveOut(component, cycle[at + 1], message);
  }
  let changed = true;
  while (changed) {
    changed = false;
    for (const [component, { dependsOn = [] }] of components) {
      const missing = dependsOn.find((name) => !components.has(name));
      if (missing === undefined) continue;
      changed = true;
      leaveOut(
        component,
        missing,
        `there is no usable component ${JSON.stringify(missing)} in this file`,
      );
    }
  }
  return { components, rules, problems };
}

type Issue = z.core.$ZodIssue;

/** @param above keys that lead to what was checked: `components` and a name, `alerts` and a name, or none */
function problemsOf(
  above: readonly string[],
  issues: readonly Issue[],
  places: SettingsPlaces,
): SettingsProblem[] {
  const [kind, name = null] = above;
  const component = kind === 'components' ? name : null;
  const keys = component === null ? above : [];
  return issues.slice(0, SHOWN_ISSUES).map((issue) => ({
    component,
    key: [...keys, ...issue.path].map(String).join('.'),
    message: mistakeWords(issue),
    ...partsOf(placeOf(above, issue, places)),
  }));
}

/** A key that nobody knows stands where the key is, any other mistake where the value is. */
function placeOf(above: readonly string[], issue: Issue, places: SettingsPlaces): Place | null {
  const path = [...above, ...issue.path];
  if (issue.code === 'unrecognized_keys')
    return places.of([...path, ...issue.keys.slice(0, 1)], 'key');
  return places.of(path, issue.code === 'invalid_key' ? 'key' : 'value');
}

/** Something wrong with the file as a whole. */
export function fileProblem(message: string, place: Place | null = null): SettingsProblem {
  return { component: null, key: '', message, ...partsOf(place) };
}

function partsOf(place: Place | null): Pick<SettingsProblem, 'line' | 'column'> {
  return place ?? { line: null, column: null };
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function parseJson(text: string): { readonly value: unknown } | null {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return null;
  }
}
