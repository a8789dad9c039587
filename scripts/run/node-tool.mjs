import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = path.dirname(path.dirname(path.dirname(fileURLToPath(import.meta.url))));

/** Runs a script of a package in this terminal, at the project's root. @returns its exit code */
export function nodeTool(script, args, env = process.env) {
  const file = path.join(ROOT, 'node_modules', ...script.split('/'));
  return spawnSync(process.execPath, [file, ...args], { cwd: ROOT, env, stdio: 'inherit' }).status;
}
