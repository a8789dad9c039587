import { runCli } from '../../agent/cli/cli';
import { commandArguments, nodeEnvironment } from '../../agent/cli/node-environment';

/** The command line as a process of its own, without an agent to start. */
async function main(): Promise<void> {
  process.exitCode = await runCli(
    commandArguments(process.argv.slice(2)),
    nodeEnvironment({
      version: '0.1.0',
      agentScript: '/nowhere/agent.js',
      runAgent: () => Promise.reject(new Error('not to be run here')),
      rescue: {
        importKey: () => Promise.reject(new Error('not to be run here')),
        recover: () => Promise.reject(new Error('not to be run here')),
      },
    }),
  );
}

void main();
