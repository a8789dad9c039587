import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { writeFileAtomic } from '../../support/atomic-file';
import type { Clock } from '../../support/clock';
import type { Log } from '../../support/log';
import { Mutex } from '../../support/mutex';
import { signalGroup } from './group';
import { identityOf } from './identity';

const ledgerFile = z.object({
  processes: z.array(
    z.object({ component: z.string(), pid: z.int().min(2), identity: z.string().min(1) }),
  ),
});
type Entry = z.infer<typeof ledgerFile>['processes'][number];

/** How long those that a dead agent left behind may take to end before they are killed, ms. */
const GRACE_MS = 5_000;
const LOOK_MS = 100;

/** The processes that this agent started, in a file: the next agent stops what a crash left behind. */
export class ProcessLedger {
  readonly #path: string;
  readonly #log: Log;
  readonly #entries = new Map<number, Entry>();
  readonly #writing = new Mutex();

  constructor(path: string, log: Log) {
    this.#path = path;
    this.#log = log;
  }

  /** Stops what the file still lists, each only if it is the very process that was started. */
  async clearLeftovers(clock: Clock): Promise<void> {
    const left: Entry[] = [];
    for (const entry of await this.#read())
      if ((await identityOf(entry.pid)) === entry.identity) left.push(entry);
    for (const { component, pid } of left) {
      this.#log.warn('Stopping what an earlier agent left running', { component, pid });
      signalGroup(pid, 'SIGTERM');
    }
    const end = clock.monotonic() + GRACE_MS;
    let alive = left;
    while (alive.length > 0 && clock.monotonic() < end) {
      await clock.sleep(LOOK_MS);
      const still: Entry[] = [];
      for (const entry of alive)
        if ((await identityOf(entry.pid)) === entry.identity) still.push(entry);
      alive = still;
    }
    for (const { pid } of alive) signalGroup(pid, 'SIGKILL');
    await this.#write(() => undefined);
  }

  /** Notes a process that was just started. */
  add(component: string, pid: number): Promise<void> {
    return this.#write(async () => {
      const identity = await identityOf(pid);
      if (identity !== null) this.#entries.set(pid, { component, pid, identity });
    });
  }

  /** Forgets a process that has ended. */
  remove(pid: number): Promise<void> {
    return this.#write(() => {
      this.#entries.delete(pid);
    });
  }

  /** Waits until the file says what is so. */
  close(): Promise<void> {
    return this.#writing.run(() => undefined);
  }

  async #read(): Promise<readonly Entry[]> {
    try {
      return ledgerFile.parse(JSON.parse(await readFile(this.#path, 'utf8'))).processes;
    } catch {
      return [];
    }
  }

  #write(change: () => void | Promise<void>): Promise<void> {
    return this.#writing
      .run(async () => {
        await change();
        const processes = [...this.#entries.values()];
        await writeFileAtomic(this.#path, JSON.stringify({ processes }));
      })
      .catch((error: unknown) => {
        this.#log.warn('The list of started processes cannot be written', { error });
      });
  }
}
