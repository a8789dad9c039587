import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { makeFolder, syncFolder, writeFileAtomic } from '../../support/atomic-file';
import { errnoOf, fileError, messageOf } from '../../support/errors';
import type { Log } from '../../support/log';
import { restoreRecord, type RestoreRecord } from './work';

/** The records of restores that are under way, one file each. */
export class RestoreJournal {
  readonly #folder: string;
  readonly #log: Log;

  constructor(folder: string, log: Log) {
    this.#folder = folder;
    this.#log = log;
  }

  /**
   * Makes a record durable; it replaces the one of the same restore.
   * @throws BulwarkError `disk-full`, `permission-denied` …
   */
  async write(record: RestoreRecord): Promise<void> {
    await makeFolder(this.#folder);
    try {
      await writeFileAtomic(this.#path(record.id), JSON.stringify(record));
    } catch (error) {
      throw fileError(error, this.#folder);
    }
  }

  async remove(id: string): Promise<void> {
    await rm(this.#path(id), { force: true });
    await syncFolder(this.#folder);
  }

  /** The restores that did not come to their end. */
  async unfinished(): Promise<RestoreRecord[]> {
    let names: string[];
    try {
      names = await readdir(this.#folder);
    } catch (error) {
      if (errnoOf(error) === 'ENOENT') return [];
      throw error;
    }
    // What a crash left half written was never a record.
    for (const name of names.filter((file) => file.endsWith('.tmp')))
      await rm(join(this.#folder, name), { force: true });
    const records: RestoreRecord[] = [];
    for (const name of names.filter((file) => file.endsWith('.json'))) {
      try {
        const text = await readFile(join(this.#folder, name), 'utf8');
        records.push(restoreRecord.parse(JSON.parse(text)));
      } catch (error) {
        // Written atomically, so this is damage from outside; the staging folder is left for a person.
        this.#log.error('A restore record cannot be read', { name, error: messageOf(error) });
      }
    }
    return records;
  }

  #path(id: string): string {
    return join(this.#folder, `${id}.json`);
  }
}
