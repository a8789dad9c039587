import * as path from 'node:path';
import * as vscode from 'vscode';
import type { ComponentInfo } from '../../agent/protocol/health-entities';
import type { App } from '../app';
import { componentIcon, componentName, isRunning, stateWords } from '../health/component-words';
import { displayName } from '../names';
import { TreeNode } from '../tree-node';

type Verb = 'start' | 'stop' | 'restart';

const DONE: Readonly<Record<Verb, string>> = {
  start: 'Started',
  stop: 'Stopped',
  restart: 'Restarted',
};
const DOING: Readonly<Record<Verb, string>> = {
  start: 'Starting',
  stop: 'Stopping',
  restart: 'Restarting',
};

/** Start Component: a process, after those that it depends on. */
export function startComponent(app: App, argument: unknown): Promise<void> {
  return run(app, argument, 'start');
}

/** Stop Component: a process with all its children. */
export function stopComponent(app: App, argument: unknown): Promise<void> {
  return run(app, argument, 'stop');
}

/** Restart Component. */
export function restartComponent(app: App, argument: unknown): Promise<void> {
  return run(app, argument, 'restart');
}

/** Show Log of Component: what a process wrote, and writes. */
export async function showComponentLog(app: App, argument: unknown): Promise<void> {
  const component = await componentOf(app, argument, {
    title: 'Show Log of Component',
    only: ({ kind }) => kind === 'process',
    empty: 'No component is a process.',
  });
  if (component !== null) await app.componentLogs.show(component.id);
}

/** Open Component in Terminal: in its folder, with its environment; runs nothing. */
export async function openComponentTerminal(app: App, argument: unknown): Promise<void> {
  const component = await componentOf(app, argument, {
    title: 'Open Component in Terminal',
    only: ({ origin }) => origin.kind === 'settings',
    empty: 'No component is described in a settings file.',
  });
  if (component?.origin.kind !== 'settings') return;
  const { spec } = component;
  const folder = path.dirname(component.origin.file);
  const isRun = spec.kind === 'process' || spec.kind === 'command';
  const own = isRun ? spec.cwd : undefined;
  const terminal = vscode.window.createTerminal({
    name: componentName(component),
    cwd: own === undefined ? folder : path.resolve(folder, own),
    env: isRun ? { ...spec.env } : {},
  });
  terminal.show();
}

/** Copy Component ID. */
export async function copyComponentId(app: App, argument: unknown): Promise<void> {
  if (!(argument instanceof TreeNode) || argument.value.kind !== 'component') return;
  await vscode.env.clipboard.writeText(argument.value.component.id);
  app.ui.mention('The component’s ID was copied');
}

async function run(app: App, argument: unknown, verb: Verb): Promise<void> {
  const component = await componentOf(app, argument, {
    title: `${verb === 'start' ? 'Start' : verb === 'stop' ? 'Stop' : 'Restart'} Component`,
    only: (one) =>
      one.kind === 'process' &&
      one.state.kind !== 'unapproved' &&
      isRunning(one) === (verb !== 'start'),
    empty: verb === 'start' ? 'No process is stopped.' : 'No process runs.',
  });
  if (component === null) return;
  const { id } = component;
  const name = componentName(component);
  await app.ui.progress(`${DOING[verb]} ${name}`, (_, signal) =>
    app.connection.call(`component/${verb}`, { id }, { signal }),
  );
  app.ui.mention(`${DONE[verb]} ${name}`);
}

interface Wanted {
  readonly title: string;
  readonly only: (component: ComponentInfo) => boolean;
  readonly empty: string;
}

/** The component of a row, or one that the person picks. */
async function componentOf(
  app: App,
  argument: unknown,
  { title, only, empty }: Wanted,
): Promise<ComponentInfo | null> {
  if (argument instanceof TreeNode && argument.value.kind === 'component') {
    return argument.value.component;
  }
  const picked = await app.ui.pick<ComponentInfo>({
    title,
    placeholder: 'Choose a component',
    empty,
    canGoBack: false,
    choices: async () =>
      app.monitor.components.filter(only).map((component) => ({
        label: componentName(component),
        icon: componentIcon(component.state).id,
        description: stateWords(component.state),
        detail: displayName(component.id),
        value: component,
      })),
  });
  return picked.kind === 'chosen' ? picked.value : null;
}
