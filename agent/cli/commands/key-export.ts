import type { Command } from 'commander';
import { displayPath } from '../format';
import { describeCommand, type Registrar } from '../program';

/** `bulwark key export`, which is `bulwark store export-key` as well. */
export function registerKeyExport(
  parent: Command,
  name: 'export' | 'export-key',
  { run, does }: Registrar,
): void {
  describeCommand(parent, {
    name,
    summary: 'Print the recovery key',
    more: 'With it and the packs everything can be read on another machine.',
    examples: [
      [`bulwark ${parent.name()} ${name} > key.txt`, 'then keep the file away from this disk'],
    ],
  }).action(() =>
    does(async () => {
      const { key, keyFile } = await run.ask(await run.connect(), 'store/exportKey', {});
      run.result({ key, keyFile });
      run.print(key);
      if (!run.json)
        run.note(
          'Keep this key away from this disk, and secret: whoever has it can read every backup.',
          keyFile === null
            ? 'It opens the store without the passphrase.'
            : `It opens the store without ${displayPath(keyFile, run.environment.homedir)}.`,
        );
    }),
  );
}
