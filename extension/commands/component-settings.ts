import { createHash } from 'node:crypto';
import * as path from 'node:path';
import * as vscode from 'vscode';
import type { ComponentInfo, SettingsFile } from '../../agent/protocol/health-entities';
import { AgentError } from '../agent-error';
import type { App } from '../app';
import { count } from '../format';
import { componentName, whatItDoes } from '../health/component-words';
import { displayName } from '../names';
import { targetOf } from '../targets';
import { TreeNode } from '../tree-node';

const NAME = 'bulwark.json';
const EMPTY = '{\n  "components": {\n    \n  }\n}\n';
/** Where a component goes in {@link EMPTY}. */
const INSIDE = new vscode.Position(2, 4);
const FIRST =
  '"${1:web}": { "kind": "${2|http,tcp,process,command,file,pid,heartbeat|}", "${3:url}": "${4:http://127.0.0.1:3000/}" }$0';

/** Review Component Settings…: the file of a repository and what would run, then approves it. */
export async function reviewSettings(app: App, argument: unknown): Promise<void> {
  await app.monitor.reload();
  const settings = await settingsOf(app, argument, {
    title: 'Review Component Settings',
    only: isWaiting,
    empty: 'No settings file waits for your approval.',
  });
  if (settings === null) return;
  const { file, hash } = settings;
  const document = await vscode.workspace.openTextDocument(vscode.Uri.file(file));
  await vscode.window.showTextDocument(document, { preview: true });
  if (document.isDirty)
    throw new AgentError('component-refused', `${file} is not saved yet. Save it, then review it.`);
  // The list below is of the content with this hash, and so must be what the editor shows.
  const shown = await vscode.workspace.fs.readFile(document.uri);
  if (createHash('sha256').update(shown).digest('hex') !== hash)
    throw new AgentError('component-refused', `${file} has just changed. Review it again.`);
  const own = componentsIn(app, settings);
  const agreed = await app.ui.confirm({
    message: `Let ${count(own.length, 'component')} of ${displayName(shortName(file))} run?`,
    detail: [
      ...own.map((one) => `${componentName(one)} ${whatItDoes(one)}`),
      '',
      'The approval is for this very content: a changed file waits for another one.',
    ].join('\n'),
    action: 'Approve',
  });
  if (!agreed) return;
  await app.ui.progress('Approving', (_, signal) =>
    app.connection.call('component/approve', { file, hash }, { signal }),
  );
  await app.monitor.reload();
  app.ui.mention(`Approved ${displayName(shortName(file))}`);
}

/** Revoke Approval of Component Settings…: what runs by it is stopped. */
export async function revokeSettings(app: App, argument: unknown): Promise<void> {
  const settings = await settingsOf(app, argument, {
    title: 'Revoke Approval of Component Settings',
    only: ({ foreign, approved }) => foreign && approved,
    empty: 'No settings file is approved.',
  });
  if (settings === null) return;
  const { file } = settings;
  const running = componentsIn(app, settings).filter(({ pid }) => pid !== null);
  const agreed = await app.ui.confirm({
    message: `Revoke the approval of ${displayName(shortName(file))}?`,
    detail:
      running.length === 0
        ? 'Nothing of it is watched until you approve it again.'
        : `${running.map(componentName).join(', ')} will be stopped, and nothing of it is watched until you approve it again.`,
    action: 'Revoke',
  });
  if (!agreed) return;
  await app.ui.progress('Revoking', (_, signal) =>
    app.connection.call('component/revoke', { file }, { signal }),
  );
  await app.monitor.reload();
  app.ui.mention(`Revoked the approval of ${displayName(shortName(file))}`);
}

/** Open Component Settings…: a `bulwark.json`, made where there is none yet. */
export async function openSettings(app: App, argument: unknown): Promise<void> {
  const file = await fileOf(app, argument);
  if (file === null) return;
  const uri = vscode.Uri.file(file);
  const isNew = await Promise.resolve(vscode.workspace.fs.stat(uri)).then(
    () => false,
    () => true,
  );
  if (isNew) await vscode.workspace.fs.writeFile(uri, new TextEncoder().encode(EMPTY));
  const editor = await vscode.window.showTextDocument(uri);
  if (isNew) await editor.insertSnippet(new vscode.SnippetString(FIRST), INSIDE);
}

async function fileOf(app: App, argument: unknown): Promise<string | null> {
  if (argument instanceof TreeNode) {
    const { value } = argument;
    if (value.kind === 'scope') return value.scope.file?.file ?? null;
    if (value.kind === 'component')
      return value.component.origin.kind === 'settings' ? value.component.origin.file : null;
  }
  const own = path.join(await app.home(), NAME);
  const shared = await sharedFile(app, argument);
  if (shared === null) return own;
  const picked = await app.ui.pick<string>({
    title: 'Open Component Settings',
    placeholder: 'Choose whose components to describe',
    canGoBack: false,
    choices: async () => [
      {
        label: `Of ${displayName(path.basename(path.dirname(shared)))}`,
        icon: 'repo',
        description: displayName(shared),
        detail: 'For everybody who works in it; runs only after you approved it',
        value: shared,
      },
      {
        label: 'Your own',
        icon: 'account',
        description: displayName(own),
        detail: 'On this machine alone; runs at once',
        value: own,
      },
    ],
  });
  return picked.kind === 'chosen' ? picked.value : null;
}

/** Of the main worktree of the repository that is open: it speaks for the others. */
async function sharedFile(app: App, argument: unknown): Promise<string | null> {
  const target = await targetOf(app, argument, false);
  const worktree = target.kind === 'worktree' ? target.worktree : app.worktrees.current();
  if (worktree === null) return null;
  const main = app.model.list.find(
    (one) => one.main && one.repository !== null && one.repository === worktree.repository,
  );
  return path.join((main ?? worktree).path, NAME);
}

interface Wanted {
  readonly title: string;
  readonly only: (settings: SettingsFile) => boolean;
  readonly empty: string;
}

async function settingsOf(
  app: App,
  argument: unknown,
  { title, only, empty }: Wanted,
): Promise<SettingsFile | null> {
  const given = argument instanceof TreeNode ? argument.value : null;
  const file =
    given?.kind === 'scope'
      ? given.scope.file?.file
      : given?.kind === 'alert' && given.alert.subject.kind === 'settings'
        ? given.alert.subject.id
        : undefined;
  const candidates = app.monitor.settings.filter(only);
  if (file !== undefined) return candidates.find((one) => one.file === file) ?? null;
  const picked = await app.ui.pick<SettingsFile>({
    title,
    placeholder: 'Choose a settings file',
    empty,
    canGoBack: false,
    choices: async () =>
      candidates.map((one) => ({
        label: displayName(shortName(one.file)),
        icon: 'repo',
        description: count(one.components.length, 'component'),
        detail: displayName(one.file),
        value: one,
      })),
  });
  return picked.kind === 'chosen' ? picked.value : null;
}

function isWaiting({ foreign, approved, components }: SettingsFile): boolean {
  return foreign && !approved && components.length > 0;
}

function componentsIn(app: App, { file }: SettingsFile): readonly ComponentInfo[] {
  return app.monitor.components.filter(
    ({ origin }) => origin.kind === 'settings' && origin.file === file,
  );
}

function shortName(file: string): string {
  return path.join(path.basename(path.dirname(file)), path.basename(file));
}
