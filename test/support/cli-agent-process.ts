import { startCliAgent } from './cli-agent';

/** A program that can be started in the place of the real agent: `node cli-agent-process.js agent`. */
async function main(): Promise<void> {
  const home = process.env['BULWARK_HOME'] ?? '';
  const version = process.env['CLI_AGENT_VERSION'] ?? '0.1.0';
  await startCliAgent(home, process.env['CLI_AGENT_WORKTREE'] ?? home, { version });
}

void main();
