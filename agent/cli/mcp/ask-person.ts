import type { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js' with {
  'resolution-mode': 'import',
};
import type { PersonAnswer } from './tool';

/** A person reads the plan before answering; a plan itself is good for an hour. */
const PATIENCE_MS = 10 * 60_000;

/**
 * Asks the person in front of the client (MCP: elicitation). Whatever is not a clear yes, also no
 * answer in ten minutes, is a no.
 */
export async function askPerson(
  server: McpServer,
  question: string,
  yes: string,
  signal: AbortSignal,
): Promise<PersonAnswer> {
  const can = server.server.getClientCapabilities()?.elicitation;
  // Clients of before there were two kinds say neither.
  if (can === undefined || (can.form === undefined && can.url !== undefined)) return 'nobody';
  try {
    const { action, content } = await server.server.elicitInput(
      {
        message: question,
        requestedSchema: {
          type: 'object',
          properties: { agreed: { type: 'boolean', title: yes, default: false } },
          required: ['agreed'],
        },
      },
      { signal, timeout: PATIENCE_MS },
    );
    return action === 'accept' && content?.['agreed'] === true ? 'yes' : 'no';
  } catch (error) {
    if (signal.aborted) throw error;
    return 'no';
  }
}
