import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { componentsFileForEditors } from './component-spec';
import { GUIDE } from './guide-doc';
import { pythonTypes } from './python-types';
import { referenceText } from './reference-doc';
import { protocolDoc } from './schema-doc';

/** The generated files below a checkout's root: path and content. */
export function generatedFiles(): ReadonlyMap<string, string> {
  const doc = protocolDoc();
  return new Map([
    [join('docs', 'PROTOCOL.md'), `${GUIDE}\n${referenceText(doc)}\n`],
    [join('docs', 'protocol.schema.json'), `${JSON.stringify(doc, null, 2)}\n`],
    [join('docs', 'bulwark.schema.json'), `${JSON.stringify(settingsSchema(), null, 2)}\n`],
    [join('clients', 'python', 'src', 'bulwark', 'wire.py'), pythonTypes(doc)],
  ]);
}

/** JSON Schema of `bulwark.json`, of the draft that editors know. */
function settingsSchema(): object {
  const schema = z.toJSONSchema(componentsFileForEditors, { target: 'draft-7', io: 'input' });
  return { title: 'Bulwark: what to watch and to run (bulwark.json)', ...schema };
}

/** Paths of generated files below `root` that are not what the schemas say. */
export function driftedFiles(root: string): string[] {
  return [...generatedFiles()]
    .filter(([path, content]) => readText(join(root, path)) !== content)
    .map(([path]) => path);
}

function readText(path: string): string | null {
  try {
    // A checkout on Windows may have other line ends.
    return readFileSync(path, 'utf8').replaceAll('\r\n', '\n');
  } catch {
    return null;
  }
}

/** `generate.js` writes the files, `generate.js --check` fails when one is out of date. */
function main(args: readonly string[], root: string): void {
  if (!args.includes('--check')) {
    for (const [path, content] of generatedFiles()) writeFileSync(join(root, path), content);
    return;
  }
  const drifted = driftedFiles(root);
  if (drifted.length === 0) return;
  process.stderr.write(`out of date: ${drifted.join(', ')}; run npm run protocol:generate\n`);
  process.exitCode = 1;
}

if (require.main === module) main(process.argv.slice(2), process.cwd());
