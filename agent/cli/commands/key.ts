import type { Command } from 'commander';
import type { KeyStatus } from '../../protocol/key-entities';
import { BulwarkError } from '../../support/errors';
import { displayPath, plural } from '../format';
import { absolutePath } from '../paths';
import { describeCommand, exampleText, jsonOption, type Registrar } from '../program';
import type { Run } from '../run';
import { newPassphrase, secret } from '../secret';
import { pairLines } from '../table';
import { registerKeyExport } from './key-export';

const CURRENT = '--passphrase-file <file>';
const NEW = '--new-passphrase-file <file>';

interface Files {
  readonly passphraseFile?: string;
  readonly newPassphraseFile?: string;
  readonly recoveryKeyFile?: string;
  readonly passphrase?: boolean;
}

/** `bulwark key status|export|passphrase|file|rotate|import` */
export function registerKey(program: Command, { run, does }: Registrar): void {
  const key = program
    .command('key')
    .summary('Look after the key of the store')
    .description('Look after the key of the store: what guards it, a new one, and its paper copy.')
    .addOption(jsonOption())
    .addHelpText('after', exampleText([['bulwark key status', 'what guards the key now']]));

  describeCommand(key, {
    name: 'status',
    summary: 'Show what guards the key',
    examples: [['bulwark key status', 'a key file, unless you chose a passphrase']],
  }).action(() =>
    does(async () => {
      tell(run, await run.ask(await run.connect(), 'key/status', {}));
    }),
  );

  registerKeyExport(key, 'export', { run, does });

  describeCommand(key, {
    name: 'passphrase',
    summary: 'Guard the key with a passphrase, or change it',
    more: 'The agent then asks for it when it starts, and the key file is removed. Print the recovery key first: a passphrase that is forgotten cannot be found out.',
    examples: [['bulwark key passphrase', 'asks for it twice']],
  })
    .option('--passphrase-file <file>', 'file with the passphrase that is in use now')
    .option('--new-passphrase-file <file>', 'file with the new passphrase')
    .action((files: Files) =>
      does(async () => {
        const client = await run.connect();
        const current = await passphraseInUse(run, await run.ask(client, 'key/status', {}), files);
        const passphrase = await newPassphrase(
          run.environment,
          { file: filePath(run, files.newPassphraseFile), option: NEW },
          run.signal,
        );
        const to = { kind: 'passphrase', passphrase } as const;
        tell(run, await run.ask(client, 'key/change', { to, ...current }));
      }),
    );

  describeCommand(key, {
    name: 'file',
    summary: 'Guard the key with a key file again',
    more: 'The agent then starts without asking. With a key file already, the file gets a new content.',
    examples: [['bulwark key file', 'back from a passphrase']],
  })
    .option('--passphrase-file <file>', 'file with the passphrase that is in use now')
    .action((files: Files) =>
      does(async () => {
        const client = await run.connect();
        const current = await passphraseInUse(run, await run.ask(client, 'key/status', {}), files);
        const to = { kind: 'key-file' } as const;
        tell(run, await run.ask(client, 'key/change', { to, ...current }));
      }),
    );

  describeCommand(key, {
    name: 'rotate',
    summary: 'Encrypt everything from now on with a new key',
    more: 'What is kept already stays as it is. Prints the new recovery key, which opens old and new alike; one that was printed before opens only what was written before.',
    examples: [['bulwark key rotate > key.txt', 'after somebody may have seen the old key']],
  })
    .option('--passphrase-file <file>', 'file with the passphrase that is in use now')
    .action((files: Files) =>
      does(async () => {
        const client = await run.connect();
        const current = await passphraseInUse(run, await run.ask(client, 'key/status', {}), files);
        const rotated = await run.ask(client, 'key/rotate', current);
        run.result(rotated);
        run.print(rotated.recoveryKey);
        if (!run.json)
          run.note(
            'This is the new recovery key. Keep it in the place of the old one, which opens',
            'nothing that is written from now on.',
          );
      }),
    );

  describeCommand(key, {
    name: 'import',
    summary: 'Open the store with its recovery key, when its key is lost',
    more: 'For a key file that is gone, a passphrase that is forgotten, or a config.json that is damaged. Makes a new key file (or takes a new passphrase). No agent may run.',
    examples: [['bulwark key import', 'asks for the recovery key']],
  })
    .option('--recovery-key-file <file>', 'file with the recovery key')
    .option('--passphrase', 'guard the store with a new passphrase instead of a key file')
    .option('--new-passphrase-file <file>', 'file with the new passphrase')
    .action((files: Files) =>
      does(async () => {
        await requireNoAgent(run);
        const recoveryKey = await askRecoveryKey(run, files);
        const passphrase = await chosenPassphrase(run, files);
        const { home } = run.access;
        const imported = await run.environment.rescue.importKey({ home, recoveryKey, passphrase });
        run.result(imported);
        run.print(
          imported.keyFile === null
            ? `${run.style.green('The store opens')} with the new passphrase.`
            : `${run.style.green('The store opens')} with a new key file: ${displayPath(imported.keyFile, run.environment.homedir)}`,
          'Start the agent with: bulwark start',
        );
      }),
    );
}

/** The recovery key that was given or is typed now. */
export function askRecoveryKey(run: Run, files: Files): Promise<string> {
  return secret(
    run.environment,
    {
      question: 'Recovery key:',
      file: filePath(run, files.recoveryKeyFile),
      option: '--recovery-key-file <file>',
      shown: true,
    },
    run.signal,
  );
}

/** The passphrase that is to guard a store from now on; null for a key file. */
export async function chosenPassphrase(run: Run, files: Files): Promise<string | null> {
  if (files.passphrase !== true && files.newPassphraseFile === undefined) return null;
  const file = filePath(run, files.newPassphraseFile);
  return newPassphrase(run.environment, { file, option: NEW }, run.signal);
}

/** @throws BulwarkError `store-locked` when an agent runs, which has the store open */
export async function requireNoAgent(run: Run): Promise<void> {
  const running = await run.find();
  if (running === null) return;
  const { pid } = running.agent;
  throw new BulwarkError('store-locked', `an agent runs (pid ${String(pid)})`, {
    hint: 'Stop it first with: bulwark stop',
    details: { pid },
  });
}

async function passphraseInUse(
  run: Run,
  { guard }: KeyStatus,
  files: Files,
): Promise<{ passphrase?: string }> {
  if (guard.kind === 'key-file') return {};
  const file = filePath(run, files.passphraseFile);
  const request = { question: 'Passphrase now:', file, option: CURRENT };
  return { passphrase: await secret(run.environment, request, run.signal) };
}

function filePath(run: Run, given: string | undefined): string | null {
  return given === undefined ? null : absolutePath(run.environment.cwd, given, 'file');
}

function tell(run: Run, status: KeyStatus): void {
  run.result(status);
  const { guard, key, older } = status;
  const lines: (readonly [string, string])[] = [
    [
      'guarded by',
      guard.kind === 'passphrase'
        ? 'a passphrase'
        : `the key file ${displayPath(guard.path, run.environment.homedir)}`,
    ],
    ['key', key],
    [
      'rotated',
      older === 0 ? 'never' : `${plural(older, 'time')}; older packs need the older keys`,
    ],
  ];
  run.print(...pairLines(lines, run.style));
  if (guard.kind === 'key-file' && guard.exposed)
    run.print(
      run.style.red('Others on this machine could read the key file; it is closed to them now.'),
      'If somebody may have read it: bulwark key rotate',
    );
}
