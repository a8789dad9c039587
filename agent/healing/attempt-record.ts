import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { writeFileAtomic } from '../support/atomic-file';
import { errnoOf } from '../support/errors';

/** What is known of one attempt to mend something; times in ms since 1970. */
const attemptRecord = z.object({
  id: z.string().regex(/^[0-9a-f]{16}$/),
  /** Order among attempts; clocks jump, this does not. */
  sequence: z.int().positive(),
  remedy: z.string(),
  action: z.string(),
  tier: z.string(),
  explain: z.string(),
  fault: z.string(),
  part: z.string(),
  subject: z.string(),
  /**
   * `open` while it runs, or when its agent was ended in the middle of it; `superseded` when it did not
   * help and stays, because somebody has gone on from it.
   */
  state: z.enum(['open', 'verified', 'rolled-back', 'superseded', 'undone']),
  startedAt: z.number(),
  endedAt: z.number().nullable(),
  /** The snapshot that was taken before, where there was one. */
  snapshot: z.string().nullable(),
  /** Why it was rolled back, or would have been. */
  why: z.string().nullable(),
  /** How what it changed looked when it was done, by path; null: not there. */
  after: z.record(z.string(), z.string().nullable()),
});
export type AttemptRecord = z.infer<typeof attemptRecord>;

const FILE = 'attempt.json';

/** Makes an attempt durable, in its folder. */
export async function writeAttempt(folder: string, record: AttemptRecord): Promise<void> {
  await mkdir(join(folder, 'kept'), { recursive: true, mode: 0o700 });
  await writeFileAtomic(join(folder, FILE), JSON.stringify(record));
}

/** All attempts below a folder, oldest first. One that cannot be read is left out. */
export async function readAttempts(root: string): Promise<AttemptRecord[]> {
  const records: AttemptRecord[] = [];
  for (const name of await namesOf(root)) {
    const record = await readOne(join(root, name, FILE));
    if (record?.id === name) records.push(record);
  }
  return records.sort((a, b) => a.sequence - b.sequence);
}

async function namesOf(root: string): Promise<string[]> {
  try {
    return await readdir(root);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return [];
    throw error;
  }
}

async function readOne(path: string): Promise<AttemptRecord | null> {
  try {
    const read = attemptRecord.safeParse(JSON.parse(await readFile(path, 'utf8')));
    return read.success ? read.data : null;
  } catch {
    return null;
  }
}
