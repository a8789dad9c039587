import { readFileSync, writeFileSync } from 'node:fs';
import { inspect } from 'node:util';
import { systemClock } from '../../agent/support/clock';
import { Seeded } from '../support/seeded';
import { fileName, readCorpus, TARGETS, writeCorpus } from './corpus';
import { Coverage } from './coverage';
import { Fuzzer, tryInput, type Finding } from './fuzzer';

const TELL_MS = 10_000;

/**
 * `fuzz-process.js TARGET SECONDS SEED`: searches, then keeps the inputs that reach something; or
 * `fuzz-process.js TARGET --replay FILE`. Ends with 1 at the first finding, which is kept in a file.
 */
async function main(): Promise<number> {
  const [name = '', seconds = '', seed = '1'] = process.argv.slice(2);
  const open = TARGETS[name];
  if (open === undefined) {
    console.error(`there is no target ${name}: ${Object.keys(TARGETS).join(', ')}`);
    return 2;
  }
  const target = await open();
  try {
    if (seconds === '--replay') return tell(name, await tryInput(target, readFileSync(seed)));
    const clock = systemClock;
    const coverage = await Coverage.start();
    const fuzzer = new Fuzzer(target, coverage, new Seeded(Number(seed)));
    const known = [...target.seeds, ...readCorpus(name)];
    known.sort((a, b) => a.length - b.length);
    const before = await fuzzer.take(known);
    if (before !== null) return tell(name, before);
    const begun = clock.monotonic();
    let told = begun;
    const finding = await fuzzer.search(() => {
      const now = clock.monotonic();
      if (now - told >= TELL_MS) {
        told = now;
        console.log(
          `${((now - begun) / 1000).toFixed(0)} s: ${fuzzer.runs} runs, ${fuzzer.inputs.length} inputs, ${coverage.characters} characters of code`,
        );
      }
      return now - begun >= Number(seconds) * 1000;
    });
    coverage.close();
    writeCorpus(name, await smallest(name, fuzzer.inputs));
    return tell(name, finding);
  } finally {
    await target.close();
  }
}

/** Of these inputs the short ones that together reach as much. */
async function smallest(name: string, inputs: readonly Buffer[]): Promise<Buffer[]> {
  const target = await (TARGETS[name] ?? failing)();
  const coverage = await Coverage.start();
  const again = new Fuzzer(target, coverage, new Seeded(1));
  await again.take([...inputs].sort((a, b) => a.length - b.length));
  coverage.close();
  await target.close();
  return again.inputs;
}

function failing(): never {
  throw new Error('there is no such target');
}

function tell(name: string, finding: Finding | null): number {
  if (finding === null) {
    console.log('nothing was found');
    return 0;
  }
  const file = `fuzz-${name}-${fileName(finding.input)}`;
  writeFileSync(file, finding.input);
  console.error(inspect(finding.error));
  console.error(`the input is in ${file}: npm run fuzz -- --target ${name} --replay ${file}`);
  return 1;
}

void main().then((code) => {
  process.exitCode = code;
});
