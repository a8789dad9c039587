import {
  guardKeys,
  provePassphrase,
  withNewMaster,
  type NewGuard,
} from '../../repository/keys/keys-change';
import { masterId } from '../../repository/keys/keys-wrap';
import { recoveryKey } from '../../repository/keys/keys-recovery';
import type { KeyGuard } from '../../repository/keys/keys';
import type { Repository } from '../../repository/repository';

/** What guards the store, and how often its key was rotated. */
export interface KeyFacts {
  readonly guard: KeyGuard;
  /** Names the newest master key without telling it. */
  readonly key: string;
  /** Master keys of the past, which older packs still need. */
  readonly older: number;
}

/** Changes the keys of the store. */
export class KeyCare {
  readonly #repository: Repository;
  readonly #keyFolder: string;
  readonly #exclusively: <T>(fn: () => Promise<T>) => Promise<T>;
  readonly #onChanged: () => void;

  constructor(options: {
    repository: Repository;
    keyFolder: string;
    /** Runs something while no capture runs. */
    exclusively: <T>(fn: () => Promise<T>) => Promise<T>;
    /** `config.json` has changed. */
    onChanged: () => void;
  }) {
    this.#repository = options.repository;
    this.#keyFolder = options.keyFolder;
    this.#exclusively = options.exclusively;
    this.#onChanged = options.onChanged;
  }

  facts(): KeyFacts {
    const { guard, master, older } = this.#repository.keys;
    return { guard, key: masterId(master), older: older.length };
  }

  /**
   * Puts the same master key under another guard.
   * @param passphrase the one that guards it now, if one does
   * @throws BulwarkError `key-locked` (none was given), `wrong-key`, `invalid-params`, `disk-full` …
   */
  async change(to: NewGuard, passphrase: string | null): Promise<KeyFacts> {
    await this.#prove(passphrase);
    await this.#exclusively(() =>
      this.#repository.changeKeys((keys) => guardKeys(this.#places, keys, to)),
    );
    this.#onChanged();
    return this.facts();
  }

  /**
   * Makes a new master key for all that is written from now on; the guard stays of its kind.
   * @returns the new recovery key, which opens old packs as well
   * @throws as {@link change}
   */
  async rotate(passphrase: string | null): Promise<KeyFacts & { readonly recoveryKey: string }> {
    await this.#prove(passphrase);
    const to: NewGuard =
      passphrase !== null && this.#repository.keys.guard.kind === 'passphrase'
        ? { kind: 'passphrase', passphrase }
        : { kind: 'key-file' };
    await this.#exclusively(() =>
      this.#repository.changeKeys((keys) => guardKeys(this.#places, withNewMaster(keys), to)),
    );
    this.#onChanged();
    return { ...this.facts(), recoveryKey: recoveryKey(this.#repository.keys.master) };
  }

  get #places(): { storePath: string; keyFolder: string } {
    return { storePath: this.#repository.path, keyFolder: this.#keyFolder };
  }

  #prove(passphrase: string | null): Promise<void> {
    return provePassphrase(this.#places, this.#repository.keys, passphrase);
  }
}
