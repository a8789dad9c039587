import { requireNode } from './run/node-version.mjs';

requireNode();
const { tryPackage } = await import('./run/embedding.mjs');
process.exitCode = await tryPackage();
