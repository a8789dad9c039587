import type { McpServer, ResourceTemplate } from '@modelcontextprotocol/sdk/server/mcp.js' with {
  'resolution-mode': 'import',
};
import type { ReadResourceResult } from '@modelcontextprotocol/sdk/types.js' with {
  'resolution-mode': 'import',
};
import { z } from 'zod';
import type { ResultOf } from '../../protocol/methods';
import type { McpOptions } from './options';
import type { ToolContext } from './tool';
import { listWorktrees } from './worktree-tools';

/** What one request for a part of a file may hold, bytes. */
const PIECE_BYTES = 512 * 1024;
/** A model has no use for more; `bulwark restore --to` brings larger files out. */
const MOST_BYTES = 4 * 1024 * 1024;

const variables = z.object({ id: z.string(), path: z.string() });

/** What can be read beside the tools: how everything is, and files as they were. */
export function registerResources(
  server: McpServer,
  files: ResourceTemplate,
  { link, cwd, clock }: McpOptions,
): void {
  const asker =
    (signal: AbortSignal): ToolContext['ask'] =>
    (method, params) =>
      link.call(method, params, { signal, again: true });
  server.registerResource(
    'worktrees',
    'bulwark://worktrees',
    {
      title: 'Protected worktrees',
      description: 'All protected worktrees and how they are, as list_worktrees tells it.',
      mimeType: 'application/json',
    },
    async (uri, { signal }) => {
      const value = await listWorktrees.run(
        {},
        {
          cwd,
          who: '',
          signal,
          ask: asker(signal),
          now: () => clock.now(),
          person: () => Promise.resolve('nobody'),
        },
      );
      const text = JSON.stringify(value, null, 2);
      return { contents: [{ uri: uri.href, mimeType: 'application/json', text }] };
    },
  );
  server.registerResource(
    'snapshot-file',
    files,
    {
      title: 'A file as it was',
      description: 'A file of a snapshot: id as in list_snapshots, path from the worktree’s root.',
    },
    async (uri, given, { signal }) => {
      const { id, path } = variables.parse(given);
      return await fileOf(uri.href, { id, path: decodeURIComponent(path) }, asker(signal));
    },
  );
}

async function fileOf(
  uri: string,
  { id, path }: { id: string; path: string },
  ask: ToolContext['ask'],
): Promise<ReadResourceResult> {
  const pieces: Buffer[] = [];
  let offset = 0;
  let part: ResultOf<'snapshot/readFile'>;
  do {
    part = await ask('snapshot/readFile', { snapshot: id, path, offset, length: PIECE_BYTES });
    if (part.size > MOST_BYTES)
      throw new Error(
        `${path} has ${String(part.size)} bytes: too many to read here. A person can bring it out with: bulwark restore ${id} --path ${path} --to FOLDER`,
      );
    const piece = Buffer.from(part.data, 'base64');
    pieces.push(piece);
    offset += piece.length;
    if (piece.length === 0) break;
  } while (offset < part.size);
  const bytes = Buffer.concat(pieces);
  const text = bytes.toString('utf8');
  // Only what is text as a whole is told as text.
  return bytes.includes(0) || !Buffer.from(text, 'utf8').equals(bytes)
    ? { contents: [{ uri, mimeType: 'application/octet-stream', blob: bytes.toString('base64') }] }
    : { contents: [{ uri, mimeType: 'text/plain', text }] };
}
