import { requireNode } from './run/node-version.mjs';

requireNode();
const { test } = await import('./run/test.mjs');
process.exitCode = await test(process.argv.slice(2));
