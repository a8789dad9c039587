import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { messagesTarget } from './messages-target';
import { packsTarget } from './packs-target';
import type { FuzzTarget } from './target';

const CORPUS = resolve(__dirname, '../../../test/fuzz/corpus');

export const TARGETS: Readonly<Record<string, () => Promise<FuzzTarget> | FuzzTarget>> = {
  messages: messagesTarget,
  packs: packsTarget,
};

/** The inputs that are kept for a target, the shortest first. */
export function readCorpus(name: string): Buffer[] {
  const folder = join(CORPUS, name);
  mkdirSync(folder, { recursive: true });
  return readdirSync(folder)
    .sort()
    .map((file) => readFileSync(join(folder, file)))
    .sort((a, b) => a.length - b.length);
}

/** Keeps these inputs for a target, and no others. */
export function writeCorpus(name: string, inputs: readonly Buffer[]): void {
  const folder = join(CORPUS, name);
  const wanted = new Map(inputs.map((input) => [fileName(input), input]));
  for (const file of readdirSync(folder)) if (!wanted.has(file)) rmSync(join(folder, file));
  for (const [file, input] of wanted) writeFileSync(join(folder, file), input);
}

/** The file of an input is named by its content. */
export function fileName(input: Buffer): string {
  return createHash('sha256').update(input).digest('hex').slice(0, 16);
}
