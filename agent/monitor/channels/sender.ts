import { readSecretFile } from '../../support/secret-file';
import type { SecretPlace } from './channel-settings';
import type { ChannelMessage } from './message';

/** Delivers one message once. */
export interface Sender {
  /** Where to, for people; without secrets. */
  readonly target: string;
  /** @throws Undelivered */
  send(message: ChannelMessage, signal: AbortSignal): Promise<void>;
  /** Where a receiver forgets what it is not told again: tells what is not over. @throws Undelivered */
  renew?(messages: readonly ChannelMessage[], signal: AbortSignal): Promise<void>;
}

/** A message did not arrive. */
export class Undelivered extends Error {
  /** The same message would be refused again. */
  readonly final: boolean;

  constructor(why: string, { final = false, cause }: { final?: boolean; cause?: unknown } = {}) {
    super(why, cause === undefined ? undefined : { cause });
    this.name = 'Undelivered';
    this.final = final;
  }
}

/**
 * A secret from where the settings say.
 * @throws BulwarkError `path-missing`, `permission-denied` when others can read the file
 * @throws Undelivered when the environment has no such variable
 */
export async function readSecret(place: SecretPlace): Promise<string> {
  if ('file' in place) return await readSecretFile(place.file);
  const value = process.env[place.env];
  if (value === undefined || value === '')
    throw new Undelivered(`the agent's environment has no ${place.env}`);
  return value;
}
