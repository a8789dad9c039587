import { lstat } from 'node:fs/promises';
import { sep } from 'node:path';
import type { ComponentRegistry } from '../components/component-registry';
import type { DataProtectionLayer } from '../protection/data-protection-layer';
import type { SourceGuard } from '../protection/source-guard';
import { errnoOf } from '../support/errors';
import { toFsPath } from '../support/names';
import type { Incident } from './incident';

/** Saves what an action may touch before it acts. */
export class Saver {
  readonly #protection: Pick<DataProtectionLayer, 'guards' | 'guard'>;
  readonly #components: ComponentRegistry;

  constructor(
    protection: Pick<DataProtectionLayer, 'guards' | 'guard'>,
    components: ComponentRegistry,
  ) {
    this.#protection = protection;
    this.#components = components;
  }

  /** Whether everything that belongs to the subject is protected. */
  canSave(incident: Incident): boolean {
    return this.#guards(incident).length > 0;
  }

  /** Takes a snapshot of it; kept as those before a restore are. @throws what capturing throws */
  async save(incident: Incident, signal: AbortSignal): Promise<void> {
    for (const guard of this.#guards(incident))
      // Of what is gone there is nothing to save.
      if (await isThere(guard.source.path))
        await guard.capture({ kind: 'safety', label: 'before a recovery', always: true, signal });
  }

  /** The worktree or folder; of a component, the one that its settings lie in. */
  #guards({ subject }: Incident): SourceGuard[] {
    if (subject.kind === 'worktree') {
      const guard = this.#protection.guard(subject.id);
      return guard === null ? [] : [guard];
    }
    if (subject.kind !== 'component') return [];
    const folder = this.#components.list().find(({ id }) => id === subject.id)?.folder;
    if (folder === undefined) return [];
    return this.#protection
      .guards()
      .filter(({ source }) => `${folder}${sep}`.startsWith(`${source.path}${sep}`));
  }
}

async function isThere(path: string): Promise<boolean> {
  try {
    await lstat(toFsPath(path));
    return true;
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return false;
    throw error;
  }
}
