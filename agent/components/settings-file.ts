import { componentName, componentsFile, componentSpec } from '../protocol/component-spec';
import type { ComponentSpec } from '../protocol/component-spec';
import { findCycle } from './dependencies';

/** What is wrong in a settings file; the rest of it counts. */
export interface SettingsProblem {
  /** Name of the component, or null for the file as a whole. */
  readonly component: string | null;
  /** Key that is wrong, below the component; empty for the whole. */
  readonly key: string;
  readonly message: string;
}

export interface ReadSettings {
  readonly components: ReadonlyMap<string, ComponentSpec>;
  readonly problems: readonly SettingsProblem[];
}

/** More would be a mistake. */
const MAX_COMPONENTS = 500;
const SHOWN_ISSUES = 5;

/** Reads the text of a `bulwark.json`: what can be used, and what is wrong with the rest. Never throws. */
export function readSettingsText(text: string): ReadSettings {
  const parsed = componentsFile.safeParse(parseJson(text));
  if (!parsed.success)
    return { components: new Map(), problems: fileProblems(parsed.error.issues) };
  const entries = Object.entries(parsed.data.components);
  const problems: SettingsProblem[] = [];
  if (entries.length > MAX_COMPONENTS)
    problems.push(fileProblem(`only the first ${String(MAX_COMPONENTS)} components are used`));
  const components = new Map<string, ComponentSpec>();
  for (const [name, value] of entries.slice(0, MAX_COMPONENTS)) {
    const named = componentName.safeParse(name);
    const spec = componentSpec.safeParse(value);
    const issues = named.success ? (spec.error?.issues ?? []) : named.error.issues;
    if (named.success && spec.success) components.set(name, spec.data);
    for (const { path, message } of issues.slice(0, SHOWN_ISSUES))
      problems.push({ component: name, key: path.map(String).join('.'), message });
  }
  return withoutBadDependencies(components, problems);
}

/** Leaves out what depends on itself, and what depends on something that is not usable. */
function withoutBadDependencies(
  components: Map<string, ComponentSpec>,
  problems: SettingsProblem[],
): ReadSettings {
  const graphOf = (): Map<string, readonly string[]> =>
    new Map([...components].map(([name, { dependsOn = [] }]) => [name, dependsOn]));
  for (let cycle = findCycle(graphOf()); cycle !== null; cycle = findCycle(graphOf())) {
    const message = `it depends on itself: ${cycle.join(' → ')}`;
    for (const component of new Set(cycle)) {
      components.delete(component);
      problems.push({ component, key: 'dependsOn', message });
    }
  }
  let changed = true;
  while (changed) {
    changed = false;
    for (const [component, { dependsOn = [] }] of components) {
      const missing = dependsOn.find((name) => !components.has(name));
      if (missing === undefined) continue;
      components.delete(component);
      changed = true;
      problems.push({
        component,
        key: 'dependsOn',
        message: `there is no usable component ${JSON.stringify(missing)} in this file`,
      });
    }
  }
  return { components, problems };
}

function fileProblems(
  issues: readonly { readonly path: readonly PropertyKey[]; readonly message: string }[],
): SettingsProblem[] {
  return issues
    .slice(0, SHOWN_ISSUES)
    .map(({ path, message }) => ({ ...fileProblem(message), key: path.map(String).join('.') }));
}

export function fileProblem(message: string): SettingsProblem {
  return { component: null, key: '', message };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text.replace(/^\ufeff/, ''));
  } catch {
    return 'no JSON';
  }
}
