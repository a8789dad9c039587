import { basename } from 'node:path';
import { placeOf, STORE_ACTS } from './acts';
import { CARE_ACTS } from './care-acts';
import { crash } from './crash';
import { DISK_ACTS } from './disk-acts';
import { Life } from './life';
import { LOSS_ACTS } from './loss-acts';
import { USER_ACTS } from './user';

const CRASH = { name: 'crash', weight: 5, run: crash };
const ACTS = [...STORE_ACTS, ...LOSS_ACTS, ...DISK_ACTS, ...CARE_ACTS, CRASH];
/** How often something is done in the worktrees, beside what is done with the store. */
const USER_PART = 0.55;
/** How often the next thing does not wait until the last one is kept. */
const HASTE = 0.3;
const SHOWN = 25;

/** One life. @throws Error that says how to live it again */
export async function live(seed: number, steps: number): Promise<Map<string, number>> {
  const counts = new Map<string, number>();
  const story: string[] = [];
  const life = await Life.begin(seed);
  try {
    for (let step = 1; step <= steps; step++) {
      const { random } = life;
      const isUser = random.chance(USER_PART);
      const act = isUser ? null : random.weighted(ACTS);
      const place = placeOf(life);
      const deed = isUser ? random.weighted(USER_ACTS) : null;
      const name = act?.name ?? deed?.name ?? '';
      story.push(
        `${String(step)} ${name}${deed === null ? '' : ` in ${basename(place.user.folder)}`}`,
      );
      counts.set(name, (counts.get(name) ?? 0) + 1);
      if (deed !== null) {
        deed.run(place.user);
        life.touched(place);
      }
      if (act !== null) {
        await life.look();
        await act.run(life);
      }
      life.checkPlaces();
      if (!random.chance(HASTE)) await life.settle();
    }
    await life.settle();
    await life.checkAll();
  } catch (error) {
    const again = `npm run soak:life -- --seed ${String(seed)} --steps ${String(steps)}`;
    const last = story.slice(-SHOWN).join(', ');
    throw new Error(`${messageOf(error)}\nSo far: ${last}\nLive it again: ${again}`, {
      cause: error,
    });
  } finally {
    await life.remove();
  }
  return counts;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
