import { chmodSync, existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/**
 * Makes the built agent a command of the checkout, as npm would for an installed package:
 * `node_modules/.bin/bulwark`, and so a command in every npm script and in `npm exec`.
 *
 * @param {string} root
 */
export function linkCommand(root) {
  const agent = path.join(root, 'dist', 'agent.js');
  chmodSync(agent, 0o755);
  const folder = path.join(root, 'node_modules', '.bin');
  if (!existsSync(path.join(root, 'node_modules'))) return;
  mkdirSync(folder, { recursive: true });
  const link = path.join(folder, 'bulwark');
  rmSync(link, { force: true });
  if (process.platform !== 'win32') {
    symlinkSync('../../dist/agent.js', link);
    return;
  }
  // The two forms that Windows shells look for: one for cmd and PowerShell, one for Git's bash.
  writeFileSync(`${link}.cmd`, '@node "%~dp0\\..\\..\\dist\\agent.js" %*\r\n');
  writeFileSync(link, '#!/bin/sh\nexec node "$(dirname "$0")/../../dist/agent.js" "$@"\n');
}
