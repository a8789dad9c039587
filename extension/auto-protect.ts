import * as path from 'node:path';
import type { AutoProtect } from './settings';
import type { Ui } from './ui';

export interface AutoProtectOptions {
  readonly ui: Ui;
  readonly setting: () => AutoProtect;
  /** Folders of this window that nobody protects. */
  readonly unprotected: () => readonly string[];
  /** Whether a path is there. */
  readonly exists: (file: string) => Promise<boolean>;
  /** Folders that a person was asked about, in any window. */
  readonly asked: { get(): readonly string[]; set(folders: readonly string[]): Promise<void> };
  readonly protect: (folder: string) => Promise<void>;
}

/** Protects opened git repositories, or asks about each of them once. */
export class AutoProtecting {
  readonly #options: AutoProtectOptions;
  #running = false;

  constructor(options: AutoProtectOptions) {
    this.#options = options;
  }

  /** Looks at the folders of the window; call it when they, or what is protected, changed. */
  async check(): Promise<void> {
    if (this.#running) return;
    this.#running = true;
    try {
      for (const folder of this.#options.unprotected()) await this.#consider(folder);
    } finally {
      this.#running = false;
    }
  }

  async #consider(folder: string): Promise<void> {
    const { ui, setting, exists, asked, protect } = this.#options;
    const rule = setting();
    if (rule === 'never' || !(await isInRepository(folder, exists))) return;
    if (rule === 'always') {
      await protect(folder);
      return;
    }
    const known = asked.get();
    if (known.includes(folder)) return;
    // Noted before the answer: a question that was put away is not asked again.
    await asked.set([...known, folder]);
    const message = `Keep every state of “${path.basename(folder)}” safe? Bulwark takes encrypted snapshots of its worktrees on this machine.`;
    const answer = await ui.notify('info', message, ['Protect', 'Not Now']);
    if (answer === 'Protect') await protect(folder);
  }
}

async function isInRepository(
  folder: string,
  exists: (file: string) => Promise<boolean>,
): Promise<boolean> {
  let at = folder;
  for (;;) {
    if (await exists(path.join(at, '.git'))) return true;
    const parent = path.dirname(at);
    if (parent === at) return false;
    at = parent;
  }
}
