import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { writeFileAtomic } from '../support/atomic-file';
import type { Clock } from '../support/clock';
import { Emitter } from '../support/emitter';
import { BulwarkError, errnoOf } from '../support/errors';
import type { Log } from '../support/log';
import { Mutex } from '../support/mutex';
import type { Incident } from './incident';
import { isOver, recoveryRecord, type RecoveryRecord } from './recovery';

const KEPT = 200;
const MAX_LOG = 200;
const bookFile = z.object({ recoveries: z.array(z.unknown()) });

/** All recoveries, durable: what is not in the file was not begun. */
export class RecoveryBook {
  /** A recovery that changed. */
  readonly onChange = new Emitter<RecoveryRecord>();
  readonly #path: string;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #writing = new Mutex();
  #records: RecoveryRecord[];

  private constructor(
    path: string,
    { clock, log }: { readonly clock: Clock; readonly log: Log },
    records: RecoveryRecord[],
  ) {
    this.#path = path;
    this.#clock = clock;
    this.#log = log;
    this.#records = records;
  }

  /** What cannot be read is left out: a fault that is still there comes again. */
  static async load(
    path: string,
    options: { readonly clock: Clock; readonly log: Log },
  ): Promise<RecoveryBook> {
    try {
      const { recoveries } = bookFile.parse(JSON.parse(await readFile(path, 'utf8')));
      const records = recoveries.flatMap((one) => {
        const known = recoveryRecord.safeParse(one);
        return known.success ? [known.data] : [];
      });
      return new RecoveryBook(path, options, records);
    } catch (error) {
      if (errnoOf(error) !== 'ENOENT')
        options.log.warn('The kept recoveries cannot be read', { path, error });
      return new RecoveryBook(path, options, []);
    }
  }

  /** Newest first. */
  list(): RecoveryRecord[] {
    return this.#records.toReversed();
  }

  /** @param id or the beginning of one @throws BulwarkError `recovery-unknown` */
  get(id: string): RecoveryRecord {
    const found = id === '' ? [] : this.#records.filter((one) => one.id.startsWith(id));
    const [record] = found;
    if (record !== undefined && found.length === 1) return record;
    throw new BulwarkError(
      'recovery-unknown',
      found.length === 0
        ? `no recovery has the id ${id}`
        : `${String(found.length)} recoveries have ids that begin with ${id}`,
      { hint: 'List them with: bulwark recoveries' },
    );
  }

  /** Begins one. */
  async open(
    incident: Incident,
    { by, only }: { readonly by: string | null; readonly only: string | null },
  ): Promise<RecoveryRecord> {
    const { subject, details } = incident;
    const record: RecoveryRecord = {
      id: randomBytes(4).toString('hex'),
      incident: { ...incident, subject: { ...subject }, details: { ...details } },
      by,
      only,
      phase: 'queued',
      startedAt: this.#clock.now(),
      endedAt: null,
      why: null,
      proposal: null,
      steps: [],
      log: [],
    };
    this.#records.push(record);
    const over = this.#records.filter(isOver);
    const dropped = new Set(over.slice(0, Math.max(0, this.#records.length - KEPT)));
    this.#records = this.#records.filter((one) => !dropped.has(one));
    await this.changed(record);
    return record;
  }

  /** Notes what happens, for people. */
  say(record: RecoveryRecord, text: string): void {
    record.log.push({ at: this.#clock.now(), text });
    if (record.log.length > MAX_LOG) record.log.shift();
  }

  /** Comes to another phase; ends it, unless it goes on. Durable when it resolves. */
  async become(
    record: RecoveryRecord,
    phase: RecoveryRecord['phase'],
    why: string | null,
  ): Promise<void> {
    record.phase = phase;
    record.why = why;
    record.endedAt = isOver(record) ? this.#clock.now() : null;
    if (why !== null) this.say(record, why);
    await this.changed(record);
  }

  /** Makes it durable as it is now, and tells of it. A full disk is told, not thrown. */
  async changed(record: RecoveryRecord): Promise<void> {
    this.onChange.emit(record);
    await this.save().catch((error: unknown) => {
      this.#log.error('The recoveries cannot be kept', { path: this.#path, error });
    });
  }

  /** Makes all of them durable. @throws what the file system throws */
  async save(): Promise<void> {
    await this.#writing.run(() =>
      writeFileAtomic(this.#path, JSON.stringify({ recoveries: this.#records })),
    );
  }
}
