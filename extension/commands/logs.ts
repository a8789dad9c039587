import * as path from 'node:path';
import * as vscode from 'vscode';
import type { App } from '../app';

/** Show Log: what this window did, and where the agent writes its own. */
export async function showLog(app: App): Promise<void> {
  app.log.info(`the agent's own log: ${await agentLog(app)}`);
  app.log.show();
}

/** Show Agent Log: the file that the agent writes. */
export async function showAgentLog(app: App): Promise<void> {
  const uri = vscode.Uri.file(await agentLog(app));
  const there = await Promise.resolve(vscode.workspace.fs.stat(uri)).then(
    () => true,
    () => false,
  );
  if (there) await vscode.commands.executeCommand('vscode.open', uri, { preview: true });
  else await showLog(app);
}

async function agentLog(app: App): Promise<string> {
  return path.join(await app.home(), 'logs', 'agent.log');
}
