import { existsSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '../../../agent/support/clock';
import type { Seeded } from '../seeded';
import type { SoakWorld } from './soak-world';

/** How long a service answers wrongly, ms. */
const WRONG_MS = 15_000;
/** All processes of a user have ten restarts in ten minutes together. */
const KILLS = 8;
const KILLS_MS = 10 * 60_000;
const HOUR_S = 3600;

/** Something that goes wrong in a system at work, and that has to become well again. */
export interface SoakFault {
  readonly name: string;
  readonly weight: number;
  /**
   * Makes it, in a worktree that nothing else happens to meanwhile.
   * @returns whether it is over, to be asked until it is; null where it cannot be made now
   */
  make(
    world: SoakWorld,
    worktree: string,
    chance: Seeded,
  ): Promise<(() => Promise<boolean>) | null>;
}

export const SOAK_FAULTS: readonly SoakFault[] = [
  {
    name: 'a process is killed',
    weight: 3,
    make: async ({ world, killed }, _, chance) => {
      const now = systemClock.monotonic();
      if ([...killed.values()].filter((at) => now - at < KILLS_MS).length >= KILLS) return null;
      const { components } = await world.client.call('component/list', {});
      const running = components.filter(
        ({ id, pid, spec }) => spec.kind === 'process' && pid !== null && !killed.has(id),
      );
      const one = chance.pick(running);
      if (one?.pid == null) return null;
      killed.set(one.id, now);
      process.kill(one.pid, 'SIGKILL');
      return async () => {
        const listed = await world.client.call('component/list', {});
        const found = listed.components.find(({ id }) => id === one.id);
        return found?.state.kind === 'up' && found.pid !== one.pid;
      };
    },
  },
  {
    name: 'a service answers wrongly',
    weight: 2,
    make: ({ world, wrong }, _, chance) => {
      const service = chance.below(40);
      wrong.add(service);
      const until = systemClock.monotonic() + WRONG_MS;
      return Promise.resolve(async () => {
        if (systemClock.monotonic() < until) return false;
        wrong.delete(service);
        const { components } = await world.client.call('component/list', {});
        return components.some(
          ({ id, state }) => id === `http${String(service)}` && state.kind === 'up',
        );
      });
    },
  },
  {
    name: 'a lock is left behind',
    weight: 2,
    make: async (soak, worktree) => {
      const lock = join(await gitDirOf(soak, worktree), 'index.lock');
      writeFileSync(lock, '');
      const old = systemClock.now() / 1000 - HOUR_S;
      utimesSync(lock, old, old);
      return () => Promise.resolve(!existsSync(lock));
    },
  },
  {
    name: 'an index is cut off',
    weight: 2,
    make: async (soak, worktree) => {
      writeFileSync(join(await gitDirOf(soak, worktree), 'index'), '');
      return () => isReadable(soak, worktree);
    },
  },
  {
    name: 'the link of a worktree is gone',
    weight: 2,
    make: async (soak, worktree) => {
      const link = join(worktree, '.git');
      if ((await gitDirOf(soak, worktree)) === link) return null;
      rmSync(link);
      return async () => existsSync(link) && (await isReadable(soak, worktree));
    },
  },
  {
    name: 'files are deleted, and somebody takes the offer to restore them',
    weight: 2,
    make: ({ world }, worktree) => {
      const before = world.notices.length;
      rmSync(join(worktree, 'src'), { recursive: true });
      return Promise.resolve(async () => {
        const told = world.notices.slice(before).find(({ loss }) => loss?.worktree === worktree);
        if (told?.action?.kind !== 'restore') return false;
        const asked = { snapshot: told.action.snapshot, paths: ['src'] };
        const plan = await world.client.call('restore/plan', asked);
        await world.client.call('restore/apply', { plan: plan.id });
        return true;
      });
    },
  },
];

function gitDirOf(soak: SoakWorld, worktree: string): Promise<string> {
  return soak.git(worktree, 'rev-parse', '--absolute-git-dir');
}

async function isReadable(soak: SoakWorld, worktree: string): Promise<boolean> {
  // Without a lock of its own, which would be in the way of whoever heals it.
  const asked = soak.git(worktree, '--no-optional-locks', 'status', '--porcelain');
  return asked.then(
    () => true,
    () => false,
  );
}
