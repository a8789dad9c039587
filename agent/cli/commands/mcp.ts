import { Readable, Writable } from 'node:stream';
import type { Command } from 'commander';
import { AgentLink } from '../mcp/agent-link';
import { describeCommand, type Registrar } from '../program';
import type { Run } from '../run';

/** `bulwark mcp` */
export function registerMcp(program: Command, { run, does }: Registrar): void {
  describeCommand(program, {
    name: 'mcp',
    summary: 'Serve coding agents through the Model Context Protocol, on standard input and output',
    more:
      'Coding agents start this command by themselves once it is in their configuration; on a terminal, or ' +
      'with --json, what to put there is printed. They can look, take snapshots and report trouble; ' +
      'a restore asks you first. docs/agents.md has the way for each of them.',
    examples: [['bulwark mcp', 'what to put into the configuration of a coding agent']],
  }).action(() =>
    does(async () => {
      const { stdin } = run.environment;
      if (run.json || stdin.isTTY === true) tellConfiguration(run);
      else await serve(run);
    }),
  );
}

function tellConfiguration(run: Run): void {
  const { execPath, agentScript } = run.environment;
  const server = { command: execPath, args: [agentScript, 'mcp'] };
  const configuration = { mcpServers: { bulwark: server } };
  run.result(configuration);
  run.print(
    'Coding agents start this command themselves. Most read such a configuration:',
    '',
    JSON.stringify(configuration, null, 2),
    '',
    'How each of them is told: docs/agents.md',
  );
}

/** Until the client closes standard input, or this process is asked to stop. */
async function serve(run: Run): Promise<void> {
  const { environment, access, signal } = run;
  const { mcpServer } = await import(/* webpackChunkName: "mcp" */ '../mcp/server.js');
  const { StdioServerTransport } = await import(
    /* webpackChunkName: "mcp" */ '@modelcontextprotocol/sdk/server/stdio.js'
  );
  const server = await mcpServer({
    link: new AgentLink(() => run.connect()),
    version: environment.version,
    cwd: environment.cwd,
    clock: environment.clock,
    onClient: (who) => {
      access.actAs({ name: who, kind: 'coding-agent', interactive: false });
    },
  });
  const stdin = Readable.from(environment.stdin);
  const stdout = new Writable({
    write: (chunk: Uint8Array | string, _encoding, done) => {
      environment.stdout.write(chunk, done);
    },
  });
  const ended = new Promise<void>((resolve) => {
    server.server.onclose = resolve;
    environment.stdin.once('end', resolve);
    environment.stdin.once('close', resolve);
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
  await server.connect(new StdioServerTransport(stdin, stdout));
  await ended;
  await server.close();
}
