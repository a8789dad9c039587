import { StringDecoder } from 'node:string_decoder';
import { BulwarkError } from '../support/errors';
import { readSecretFile } from '../support/secret-file';
import type { CliEnvironment } from './environment';
import { usageError } from './failure';
import { canAsk } from './prompt';

/** What a terminal sends for these keys while it does not handle them itself. */
const KEYS = { interrupt: '\x03', end: '\x04', backspace: /[\b\x7f]/ } as const;

/** How to come by a secret. */
export interface SecretRequest {
  /** What a person is asked. */
  readonly question: string;
  /** A file that holds it; nobody is asked then. */
  readonly file: string | null;
  /** What to give when there is neither a file nor a person, for the hint. */
  readonly option: string;
  /** Whether it shows while it is typed: a recovery key is long, and is on paper anyway. */
  readonly shown?: boolean;
}

/**
 * A secret from a file, or from a person who types it unseen.
 * @throws BulwarkError `usage` when there is neither, `cancelled`, `permission-denied`
 */
export async function secret(
  environment: CliEnvironment,
  { question, file, option, shown = false }: SecretRequest,
  signal: AbortSignal,
): Promise<string> {
  if (file !== null) return readSecretFile(file);
  if (!canAsk(environment))
    throw usageError('there is no terminal to ask for a secret', `Give ${option}.`);
  return ask(environment, question, shown, signal);
}

/** A new passphrase, typed twice. @throws BulwarkError `usage` when they differ */
export async function newPassphrase(
  environment: CliEnvironment,
  { file, option }: { file: string | null; option: string },
  signal: AbortSignal,
): Promise<string> {
  const first = await secret(environment, { question: 'New passphrase:', file, option }, signal);
  if (file !== null) return first;
  const again = await ask(environment, 'The same again:', false, signal);
  if (again === first) return first;
  throw usageError('the two passphrases differ', 'Nothing was changed. Try again.');
}

function ask(
  { stdin, stdout, stderr }: CliEnvironment,
  question: string,
  shown: boolean,
  signal: AbortSignal,
): Promise<string> {
  const output = stderr.isTTY === true ? stderr : stdout;
  output.write(`${question} `);
  const hides = !shown && stdin.setRawMode !== undefined;
  const decoder = new StringDecoder('utf8');
  let typed = '';
  return new Promise((resolve, reject) => {
    const finish = (end: () => void): void => {
      stdin.off('data', take);
      stdin.off('end', ended);
      signal.removeEventListener('abort', stop);
      if (hides) stdin.setRawMode?.(false);
      stdin.pause();
      if (hides || signal.aborted) output.write('\n');
      end();
    };
    const stop = (): void => {
      finish(() => {
        reject(
          new BulwarkError('cancelled', 'stopped on request', { hint: 'Nothing was changed.' }),
        );
      });
    };
    const ended = (): void => {
      finish(() => {
        resolve(typed);
      });
    };
    const take = (bytes: Buffer | string): void => {
      const text = typeof bytes === 'string' ? bytes : decoder.write(bytes);
      for (const [at, key] of [...text].entries()) {
        // The terminal sends no signal while it hides what is typed.
        if (key === KEYS.interrupt) {
          stop();
          return;
        }
        if (key === '\r' || key === '\n' || key === KEYS.end) {
          // What was typed ahead is for the next question.
          const rest = [...text].slice(at + 1).join('');
          finish(() => {
            if (rest !== '') stdin.unshift(Buffer.from(rest, 'utf8'));
            resolve(typed);
          });
          return;
        }
        typed = KEYS.backspace.test(key) ? [...typed].slice(0, -1).join('') : typed + key;
      }
    };
    if (hides) stdin.setRawMode?.(true);
    stdin.on('data', take);
    stdin.once('end', ended);
    signal.addEventListener('abort', stop, { once: true });
    stdin.resume();
  });
}
