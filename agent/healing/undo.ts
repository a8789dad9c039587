import { lstat, mkdir, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { ComponentRegistry } from '../components/component-registry';
import type { Restores } from '../protection/restores';
import { errnoOf } from '../support/errors';
import { runCommand } from './actions/own-actions';
import type { UndoNote } from './recovery';

export interface UndoOptions {
  readonly components: ComponentRegistry;
  readonly restores: Pick<Restores, 'undo'>;
  /** Takes a repair of git's files back. */
  readonly undoRepair: (attempt: string) => Promise<unknown>;
}

/**
 * Takes back what an action did, or may have begun to do: each note can be undone however far its
 * action came, and more than once.
 * @throws BulwarkError what stands in the way
 */
export async function undo(
  note: UndoNote,
  { components, restores, undoRepair }: UndoOptions,
  signal: AbortSignal,
): Promise<void> {
  switch (note.kind) {
    case 'moved':
      await moveBack(note.from, note.to);
      return;
    case 'resources':
      await components.setResources(note.component, note.step);
      return;
    case 'restored':
      await restores.undo(note.operation, { signal });
      return;
    case 'repair':
      await undoRepair(note.attempt);
      return;
    case 'command': {
      const view = components.list().find(({ id }) => id === note.component);
      // What is not described and approved any more is not run.
      if (view === undefined || view.state.kind === 'unapproved') return;
      await runCommand({ command: note.command, folder: view.folder, signal });
      return;
    }
    case 'stopped':
      for (const id of note.components)
        if (components.list().some((one) => one.id === id)) components.start(id);
  }
}

/** What was made anew meanwhile is moved to where the old one was, so that nothing is lost. */
async function moveBack(from: string, to: string): Promise<void> {
  if (!(await exists(to))) return;
  if (await exists(from)) await rename(from, `${to}.newer`);
  await mkdir(dirname(from), { recursive: true });
  await rename(to, from);
}

async function exists(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return false;
    throw error;
  }
}
