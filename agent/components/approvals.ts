import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { writeFileAtomic } from '../support/atomic-file';
import { Mutex } from '../support/mutex';

const approvalsFile = z.object({ approved: z.record(z.string(), z.string()) });

/**
 * Which settings files of repositories the user has approved: the very content, by its hash, at the
 * very place. As direnv does: a changed file waits for a new approval.
 */
export class Approvals {
  readonly #path: string;
  readonly #approved: Map<string, string>;
  readonly #writing = new Mutex();

  private constructor(path: string, approved: ReadonlyMap<string, string>) {
    this.#path = path;
    this.#approved = new Map(approved);
  }

  /** @param path a file in the agent's home; one that cannot be read approves nothing */
  static async load(path: string): Promise<Approvals> {
    try {
      const { approved } = approvalsFile.parse(JSON.parse(await readFile(path, 'utf8')));
      return new Approvals(path, new Map(Object.entries(approved)));
    } catch {
      return new Approvals(path, new Map());
    }
  }

  has(file: string, content: Uint8Array): boolean {
    return this.#approved.get(file) === contentHash(content);
  }

  async approve(file: string, hash: string): Promise<void> {
    this.#approved.set(file, hash);
    await this.#save();
  }

  async revoke(file: string): Promise<void> {
    if (this.#approved.delete(file)) await this.#save();
  }

  #save(): Promise<void> {
    return this.#writing.run(() =>
      writeFileAtomic(
        this.#path,
        `${JSON.stringify({ approved: Object.fromEntries(this.#approved) }, null, 2)}\n`,
      ),
    );
  }
}

/** SHA-256, 64 hexadecimal digits. */
export function contentHash(content: Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}
