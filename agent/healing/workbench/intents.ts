import { open, readFile, type FileHandle } from 'node:fs/promises';
import { z } from 'zod';
import { errnoOf } from '../../support/errors';

const number = z.int().nonnegative();

const intent = z.discriminatedUnion('kind', [
  /** What is at `path` is moved to the numbered place. */
  z.object({ kind: z.literal('set-aside'), number, path: z.string() }),
  /** `path` gets new content; `made` is the topmost folder that is made for it. */
  z.object({
    kind: z.literal('put'),
    number,
    path: z.string(),
    temporary: z.string(),
    sha256: z.string(),
    made: z.string().nullable(),
  }),
  /** A command may change these; how they were is in the numbered bundle. */
  z.object({ kind: z.literal('guard'), number, paths: z.array(z.string()) }),
  /** Copies for a person; nothing that undoing looks at. */
  z.object({ kind: z.literal('copy'), number, paths: z.array(z.string()) }),
  z.object({ kind: z.literal('git'), number, args: z.array(z.string()) }),
  /** An earlier one has been reversed. */
  z.object({ kind: z.literal('undone'), number }),
]);
export type Intent = z.infer<typeof intent>;

/** What an attempt is about to change, in order; each line is durable before the change begins. */
export class IntentLog {
  readonly #file: FileHandle;
  readonly #intents: Intent[];

  private constructor(file: FileHandle, intents: Intent[]) {
    this.#file = file;
    this.#intents = intents;
  }

  /** Opens a log, or makes one. Whatever a crash cut off is ignored: its change had not begun. */
  static async open(path: string): Promise<IntentLog> {
    const { intents, torn } = await readIntents(path);
    const file = await open(path, 'a', 0o600);
    // So that the next line does not become part of the one that was cut off.
    if (torn) await file.writeFile('\n');
    return new IntentLog(file, intents);
  }

  get intents(): readonly Intent[] {
    return this.#intents;
  }

  /** The number of the next intent. */
  get next(): number {
    return this.#intents.reduce((most, { number: one }) => Math.max(most, one + 1), 0);
  }

  async append(entry: Intent): Promise<void> {
    await this.#file.writeFile(`${JSON.stringify(entry)}\n`);
    await this.#file.sync();
    this.#intents.push(entry);
  }

  async close(): Promise<void> {
    await this.#file.close();
  }
}

async function readIntents(path: string): Promise<{ intents: Intent[]; torn: boolean }> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return { intents: [], torn: false };
    throw error;
  }
  const intents: Intent[] = [];
  for (const line of text.split('\n')) {
    const read = parse(line);
    if (read !== null) intents.push(read);
  }
  return { intents, torn: text !== '' && !text.endsWith('\n') };
}

function parse(line: string): Intent | null {
  if (line === '') return null;
  try {
    const read = intent.safeParse(JSON.parse(line));
    return read.success ? read.data : null;
  } catch {
    return null;
  }
}
