import type { Handlers } from '../../protocol/handlers';
import type { HardeningManager } from '../../manager/hardening-manager';

type KeyMethods = Pick<Handlers, 'key/status' | 'key/change' | 'key/rotate'>;

/** Answers about the keys of the store. */
export function keyMethods({ keys }: HardeningManager): KeyMethods {
  return {
    'key/status': () => Promise.resolve(keys.facts()),
    'key/change': ({ to, passphrase = null }) => keys.change(to, passphrase),
    'key/rotate': ({ passphrase = null }) => keys.rotate(passphrase),
  };
}
