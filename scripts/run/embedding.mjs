import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { root } from './checkout.mjs';
import { npmCommand, runCaptured } from './process.mjs';

const MINUTE = 60_000;

/** What a program in TypeScript does with the package; it must compile at the strictest settings. */
const CONSUMER = `import { BulwarkError, createHardenedSystem, type HardenedComponent } from 'bulwark';

class Store implements HardenedComponent {
  readonly data = {
    kind: 'records',
    export: () => [{ kind: 'json', key: 'a', json: 1 } as const],
  } as const;
  health(): void {}
}

const system = await createHardenedSystem(
  { store: new Store() },
  { home: '/tmp/home', coordinationMode: 'supervised' },
);
system.hardeningManager.on('recovery_completed', ({ recovery }) => {
  const state: 'healed' | 'person' | string = recovery.state;
  console.log(state);
});
try {
  await system.dataProtection.snapshot('store');
} catch (error) {
  if (!(error instanceof BulwarkError) || error.reason !== 'disk-full') throw error;
}
`;

/** What must not compile: an event that there is not, and a part with nothing of a component. */
const MISTAKES = `import { createHardenedSystem } from 'bulwark';
const system = await createHardenedSystem({}, { home: '/tmp/home' });
// @ts-expect-error
system.hardeningManager.on('no_such_event', () => undefined);
// @ts-expect-error
await createHardenedSystem({ part: { helth: () => undefined } }, { home: '/tmp/home' });
`;

/**
 * Packs the package as it would be published, and embeds it in programs that have nothing else of
 * this checkout: the one of docs/examples, one in TypeScript, and one that requires it.
 *
 * @returns {Promise<number>} the exit code
 */
export async function tryPackage() {
  const folder = realpathSync(mkdtempSync(path.join(os.tmpdir(), 'bulwark-package-')));
  try {
    const installed = path.join(folder, 'node_modules', 'bulwark');
    mkdirSync(installed, { recursive: true });
    await run(npmCommand(['pack', '--ignore-scripts', '--pack-destination', folder]), root);
    const { version } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
    const tarball = path.join(folder, `bulwark-${version}.tgz`);
    await run(['tar', '-xzf', tarball, '-C', installed, '--strip-components=1'], folder);
    // What npm would install beside it.
    symlinkSync(path.join(root, 'node_modules'), path.join(installed, 'node_modules'), 'junction');

    await run([process.execPath, '-e', "require('bulwark').createHardenedSystem.name"], folder);
    writeFileSync(path.join(folder, 'consumer.mts'), CONSUMER);
    writeFileSync(path.join(folder, 'mistakes.mts'), MISTAKES);
    await run(
      [
        process.execPath,
        path.join(root, 'node_modules', 'typescript', 'bin', 'tsc'),
        ...['--noEmit', '--strict', '--exactOptionalPropertyTypes', '--module', 'node16'],
        ...['--target', 'es2022', '--types', 'node'],
        ...['--typeRoots', path.join(root, 'node_modules', '@types')],
        ...['consumer.mts', 'mistakes.mts'],
      ],
      folder,
    );
    const example = path.join(installed, 'docs', 'examples', 'embedding.mjs');
    await run([process.execPath, example, path.join(folder, 'work')], folder);
    console.log(
      'A program that imports the package works, and goes on after each part has failed.',
    );
    return 0;
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error));
    return 1;
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }
}

/**
 * @param {readonly string[]} command
 * @param {string} cwd
 */
async function run(command, cwd) {
  const { code, output, stopped } = await runCaptured(command, { cwd, timeoutMs: 6 * MINUTE });
  if (code !== 0)
    throw new Error(`${command.join(' ')}: ${stopped ?? `ended with ${code}`}\n${output}`);
}
