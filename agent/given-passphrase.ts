import { PASSPHRASE_ON_STDIN } from './protocol/launch';
import { readSecretFile } from './support/secret-file';

/** What whoever started this agent says the passphrase is; null where nothing was said. */
export async function givenPassphrase(): Promise<string | null> {
  if (process.env[PASSPHRASE_ON_STDIN] !== '1') return passphraseInFile();
  let given = '';
  for await (const piece of process.stdin.setEncoding('utf8')) given += String(piece);
  return given;
}

/** The passphrase in the file that `BULWARK_PASSPHRASE_FILE` names; null where it names none. */
export async function passphraseInFile(): Promise<string | null> {
  const path = process.env['BULWARK_PASSPHRASE_FILE'] ?? '';
  return path === '' ? null : readSecretFile(path);
}
