import { requireNode } from './run/node-version.mjs';

requireNode();
const { start } = await import('./run/start.mjs');
process.exitCode = await start(process.argv.slice(2));
