/**
 * Ends the process with a clear message where Node is too old for everything else. Must itself run
 * on any Node that knows modules, and be called before anything else is imported.
 */
export function requireNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major > 20 || (major === 20 && minor >= 12)) return;
  console.error(
    `Bulwark needs Node 20.12 or newer; this is ${process.versions.node} (${process.execPath}).\n` +
      'Get a newer one from https://nodejs.org, or with your version manager (nvm install 20).',
  );
  process.exit(1);
}
