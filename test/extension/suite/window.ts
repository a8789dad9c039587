import * as vscode from 'vscode';
import { AgentClient } from '../../../agent/protocol/client';
import { readDiscovery } from '../../../agent/protocol/discovery';
import { systemClock } from '../../../agent/support/clock';
import { until } from '../../support/vscode/until';

/** The extension's id, as package.json makes it. */
export const EXTENSION = 'bulwark.bulwark';

/** The folder that the window has open. */
export function openFolder(): string {
  const [folder] = vscode.workspace.workspaceFolders ?? [];
  if (folder === undefined) throw new Error('the window has no folder open');
  return folder.uri.fsPath;
}

/** Looks until `look` gives something. */
export function soon<T>(
  what: string,
  look: () => Promise<T | undefined | false> | T | undefined | false,
): Promise<T> {
  return until(what, look, { clock: systemClock, within: 40_000 });
}

/** A connection of the test's own to the agent that the extension started. */
export async function connectToAgent(): Promise<AgentClient> {
  const home = process.env['BULWARK_HOME'];
  if (home === undefined) throw new Error('BULWARK_HOME is not set');
  const discovery = await soon('an agent', async () => (await readDiscovery(home)) ?? undefined);
  return AgentClient.connect(discovery, { name: 'suite', version: '0', interactive: false });
}

/** Whether a command would run now, as the palette decides it. */
export async function isRegistered(command: string): Promise<boolean> {
  return (await vscode.commands.getCommands(true)).includes(command);
}

/** Labels of the open editors. */
export function openTabs(): readonly string[] {
  return vscode.window.tabGroups.all.flatMap((group) => group.tabs.map(({ label }) => label));
}
