import { requireNode } from './run/node-version.mjs';

requireNode();
const { packageExtension } = await import('./build/package.mjs');
process.exitCode = await packageExtension(process.argv.slice(2));
