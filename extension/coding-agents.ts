import * as vscode from 'vscode';
import type { Connection } from './connection';

export interface CodingAgentsOptions {
  readonly version: string;
  readonly call: Connection['call'];
  /** Folders that the window has open. */
  readonly folders: () => readonly string[];
  /** The program with `bulwark mcp`, and the folder with the agent's state. */
  readonly server: () => Promise<{ readonly script: string; readonly home: string }>;
}

/** Editors that are made from VS Code may lack a part of this, or all. */
type LanguageModels = Partial<
  Pick<typeof vscode.lm, 'registerMcpServerDefinitionProvider' | 'registerTool'>
>;

/** A place in a worktree, as models name it. */
interface AtPath {
  readonly path?: string;
}

const HISTORY = 30;

/**
 * Offers Bulwark to the coding agents of the editor: all tools of `bulwark mcp`, and two of them as
 * tools that can also be named in a prompt. Nothing where the editor has no such interface.
 */
export function offerToCodingAgents(options: CodingAgentsOptions): vscode.Disposable {
  const lm = languageModels(vscode);
  const offered: vscode.Disposable[] = [];
  const provider = lm.registerMcpServerDefinitionProvider?.('bulwark', {
    provideMcpServerDefinitions: () => serversOf(options),
  });
  const snapshot = lm.registerTool?.<AtPath & { readonly label: string }>('bulwark_take_snapshot', {
    prepareInvocation: () => ({ invocationMessage: 'Taking a snapshot' }),
    invoke: async ({ input }) => {
      const at = input.path ?? firstFolder(options);
      const taken = await options.call('snapshot/create', { path: at, label: input.label });
      return told({ id: taken.id, worktree: taken.worktree, files: taken.files });
    },
  });
  const list = lm.registerTool?.<AtPath>('bulwark_list_snapshots', {
    prepareInvocation: () => ({ invocationMessage: 'Looking at the snapshots' }),
    invoke: async ({ input }) => {
      const at = input.path ?? firstFolder(options);
      const { snapshots } = await options.call('snapshot/list', { path: at, limit: HISTORY });
      return told(
        snapshots.map(({ id, createdAt, label, kind, branch }) => {
          return { id, taken: new Date(createdAt).toISOString(), label, kind, branch };
        }),
      );
    },
  });
  for (const one of [provider, snapshot, list]) if (one !== undefined) offered.push(one);
  return vscode.Disposable.from(...offered);
}

function languageModels({ lm }: { readonly lm?: LanguageModels }): LanguageModels {
  return lm ?? {};
}

/** None in Restricted Mode: there Bulwark changes nothing. */
async function serversOf({
  version,
  folders,
  server,
}: CodingAgentsOptions): Promise<vscode.McpServerDefinition[]> {
  if (!vscode.workspace.isTrusted) return [];
  const { script, home } = await server();
  const definition = new vscode.McpStdioServerDefinition(
    'Bulwark',
    // The editor's own runtime: whoever has VS Code has it, and needs no Node beside.
    process.execPath,
    [script, 'mcp'],
    { ELECTRON_RUN_AS_NODE: '1', BULWARK_HOME: home },
    version,
  );
  const [folder] = folders();
  if (folder !== undefined) definition.cwd = vscode.Uri.file(folder);
  return [definition];
}

function firstFolder({ folders }: CodingAgentsOptions): string {
  if (!vscode.workspace.isTrusted)
    throw new Error('The window is in Restricted Mode: Bulwark changes nothing here.');
  const [folder] = folders();
  if (folder === undefined) throw new Error('No folder is open: give a path.');
  return folder;
}

function told(value: unknown): vscode.LanguageModelToolResult {
  return new vscode.LanguageModelToolResult([
    new vscode.LanguageModelTextPart(JSON.stringify(value)),
  ]);
}
