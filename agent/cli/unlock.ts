import type { CliEnvironment } from './environment';
import { reasonOf } from './failure';
import { canAsk } from './prompt';
import { secret } from './secret';

const ATTEMPTS = 3;

/**
 * Starts something that may need the passphrase of the store; asks for it only when it does.
 * @param start called without a passphrase first, so that a file can tell it
 * @throws what `start` threw: `key-locked` when there is nobody to ask
 */
export async function withPassphrase<T>(
  environment: CliEnvironment,
  signal: AbortSignal,
  start: (passphrase: string | null) => Promise<T>,
): Promise<T> {
  let typed: string | null = null;
  for (let attempt = 0; ; attempt++) {
    try {
      return await start(typed);
    } catch (error) {
      const asks = reasonOf(error) === (typed === null ? 'key-locked' : 'wrong-key');
      if (!asks || attempt >= ATTEMPTS || !canAsk(environment)) throw error;
    }
    const question =
      typed === null ? 'Passphrase of the store:' : 'That is not it. Passphrase of the store:';
    typed = await secret(environment, { question, file: null, option: '' }, signal);
  }
}
