import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { CannotRun } from './tree.mjs';

export const ROOT = path.dirname(path.dirname(path.dirname(fileURLToPath(import.meta.url))));
export const AGENT = path.join(ROOT, 'dist/agent.js');
/** Where the compiled sources are: the client of the benches. */
export const COMPILED = path.join(ROOT, 'out');

/** Builds what is missing. */
export function build(agentScript) {
  const node = (script, ...args) =>
    spawnSync(process.execPath, [path.join(ROOT, 'node_modules', script), ...args], {
      cwd: ROOT,
      stdio: ['ignore', 2, 2],
    }).status === 0;
  if (!existsSync(path.join(COMPILED, 'agent/protocol/client.js')))
    if (!node('typescript/bin/tsc', '-p', 'tsconfig.json'))
      throw new CannotRun('the sources do not compile');
  if (!existsSync(agentScript))
    if (!node('webpack/bin/webpack.js', '--mode', 'production') || !existsSync(agentScript))
      throw new CannotRun(`${agentScript} cannot be built`);
}
