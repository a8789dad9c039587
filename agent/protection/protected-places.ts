import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { parse, resolve, sep } from 'node:path';
import { z } from 'zod';
import { writeFileAtomic } from '../support/atomic-file';
import { BulwarkError, errnoOf, fileError } from '../support/errors';
import { Mutex } from '../support/mutex';

const placesFile = z.object({ places: z.array(z.string()) });

/**
 * The places that the user asked to protect: folders that are no repository, and
 * the common git directories of those that are. Kept in one file across restarts.
 */
export class ProtectedPlaces {
  readonly #path: string;
  readonly #places: Set<string>;
  readonly #writing = new Mutex();

  private constructor(path: string, places: readonly string[]) {
    this.#path = path;
    this.#places = new Set(places);
  }

  /** @throws BulwarkError `settings-invalid` when the file cannot be understood */
  static async load(path: string): Promise<ProtectedPlaces> {
    let text: string;
    try {
      text = await readFile(path, 'utf8');
    } catch (error) {
      if (errnoOf(error) === 'ENOENT') return new ProtectedPlaces(path, []);
      throw fileError(error, path);
    }
    const parsed = placesFile.safeParse(parseJson(text));
    if (!parsed.success)
      throw new BulwarkError('settings-invalid', `${path} is damaged`, {
        hint: 'Delete it and protect your folders again; the snapshots are not touched by that.',
        details: { path },
      });
    return new ProtectedPlaces(path, parsed.data.places);
  }

  list(): string[] {
    return [...this.#places];
  }

  async add(place: string): Promise<void> {
    if (this.#places.has(place)) return;
    this.#places.add(place);
    await this.#save();
  }

  async remove(place: string): Promise<void> {
    if (this.#places.delete(place)) await this.#save();
  }

  #save(): Promise<void> {
    return this.#writing.run(() =>
      writeFileAtomic(this.#path, `${JSON.stringify({ places: this.list() }, null, 2)}\n`),
    );
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Where Linux shows itself as files: reading them all would never end. */
const PSEUDO_FOLDERS = ['/proc', '/sys'];

/**
 * Refuses what must not be protected as a whole.
 * @param real the folder, links resolved
 * @param home the agent's own state
 * @throws BulwarkError `path-refused`
 */
export function refusePlace(real: string, home: string): void {
  const refused =
    real === parse(real).root
      ? 'the root of the file system'
      : real === resolve(homedir())
        ? 'your home folder'
        : isInside(real, home) || isInside(home, real)
          ? "the folder of Bulwark's own state"
          : PSEUDO_FOLDERS.some((folder) => isInside(real, folder))
            ? 'a view of the system, not files'
            : null;
  if (refused === null) return;
  throw new BulwarkError(
    'path-refused',
    `${real} is ${refused}; that is not protected as a whole`,
    {
      hint: 'Name a project folder or a repository inside it.',
      details: { path: real },
    },
  );
}

function isInside(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder.endsWith(sep) ? folder : `${folder}${sep}`);
}
