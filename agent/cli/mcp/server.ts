import type { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js' with {
  'resolution-mode': 'import',
};
import type { RequestHandlerExtra } from '@modelcontextprotocol/sdk/shared/protocol.js' with {
  'resolution-mode': 'import',
};
import type {
  CallToolResult,
  ServerNotification,
  ServerRequest,
} from '@modelcontextprotocol/sdk/types.js' with { 'resolution-mode': 'import' };
import { z } from 'zod';
import type { Progress } from '../../protocol/entities';
import { specOf } from '../../protocol/methods';
import { displayName } from '../../support/names';
import { failureOf } from '../failure';
import type { McpOptions } from './options';
import { askPerson } from './ask-person';
import { registerResources } from './resources';
import { previewRestore, restore, undoRestore } from './restore-tools';
import { compareSnapshots, listSnapshots, takeSnapshot } from './snapshot-tools';
import { Refusal, type Tool, type ToolContext } from './tool';
import { listWorktrees, reportTrouble } from './worktree-tools';

const INSTRUCTIONS = `Bulwark keeps every state of the worktrees that it protects, uncommitted work included.
Take a snapshot (take_snapshot) before you delete, move or generate many files and before git checkout, reset, rebase or clean.
When files are missing or git fails: report_trouble, then look at list_worktrees and list_snapshots; never try to repair .git by hand first.
restore overwrites files: preview_restore, show the person what it tells, and give paths when a part is enough.`;

type Extra = RequestHandlerExtra<ServerRequest, ServerNotification>;

/** A Model Context Protocol server with all tools and resources; connect it to a transport. */
export async function mcpServer(options: McpOptions): Promise<McpServer> {
  // Loaded here and not before: no other command needs it.
  const sdk = await import(/* webpackChunkName: "mcp" */ '@modelcontextprotocol/sdk/server/mcp.js');
  const server = new sdk.McpServer(
    { name: 'bulwark', title: 'Bulwark', version: options.version },
    { instructions: INSTRUCTIONS },
  );
  server.server.oninitialized = () => {
    options.onClient(nameOf(server));
  };
  const add = <In extends z.ZodRawShape, Out extends z.ZodRawShape>(tool: Tool<In, Out>): void => {
    const { name, title, description, annotations } = tool;
    const input = z.object(tool.input);
    const output = z.object(tool.output);
    server.registerTool(
      name,
      { title, description, inputSchema: input, outputSchema: output, annotations },
      (args: unknown, extra: Extra) =>
        answer(async () => tool.run(input.parse(args), contextOf(server, options, extra))),
    );
  };
  add(listWorktrees);
  add(takeSnapshot);
  add(listSnapshots);
  add(compareSnapshots);
  add(previewRestore);
  add(restore);
  add(undoRestore);
  add(reportTrouble);
  registerResources(
    server,
    new sdk.ResourceTemplate('bulwark://snapshot/{id}/{+path}', { list: undefined }),
    options,
  );
  return server;
}

/** What went wrong is for the model to read, not an error of the protocol. */
async function answer(run: () => Promise<Record<string, unknown>>): Promise<CallToolResult> {
  try {
    const value = await run();
    return { content: [{ type: 'text', text: JSON.stringify(value) }], structuredContent: value };
  } catch (error) {
    return { content: [{ type: 'text', text: problemText(error) }], isError: true };
  }
}

function problemText(error: unknown): string {
  if (error instanceof Refusal) return error.message;
  const { reason, message, hint } = failureOf(error);
  return `${displayName(message)} (${reason}).${hint === null ? '' : ` ${displayName(hint)}`}`;
}

function contextOf(server: McpServer, { link, cwd, clock }: McpOptions, extra: Extra): ToolContext {
  const { signal } = extra;
  const report = progressTo(extra);
  return {
    cwd,
    who: nameOf(server),
    now: () => clock.now(),
    signal,
    ask: (method, params) =>
      link.call(method, params, {
        signal,
        again: !specOf(method).mutates,
        ...(report === null ? {} : { onProgress: report }),
      }),
    person: (question, yes) => askPerson(server, question, yes, signal),
  };
}

/** What the client calls itself. */
function nameOf(server: McpServer): string {
  const client = server.server.getClientVersion();
  const name = (client?.title ?? client?.name ?? '').trim();
  return name === '' ? 'a coding agent' : name.slice(0, 80);
}

/** Hands progress to a client that asked for it. MCP wants numbers that only grow. */
function progressTo(extra: Extra): ((progress: Progress) => void) | null {
  const token = extra._meta?.progressToken;
  if (token === undefined) return null;
  let told = 0;
  return ({ phase }) => {
    told += 1;
    const params = { progressToken: token, progress: told, message: phase };
    extra.sendNotification({ method: 'notifications/progress', params }).catch(() => undefined);
  };
}
