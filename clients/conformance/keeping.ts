import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { Scenario } from './scenario';

const taken = z.looseObject({ snapshot: z.string() });

/** Snapshots and restores, with whatever a client has for it. */
export const KEEPING: readonly Scenario[] = [
  {
    title: 'takes a snapshot, restores it and undoes the restore',
    needs: ['connect', 'snapshot', 'restore'],
    run: async (world) => {
      const client = await world.connected();
      const story = (): string => readFileSync(join(world.repo, 'story'), 'utf8');
      const label = 'before "it"';
      world.write('story', 'kept');
      const { snapshot } = taken.parse(
        await client.ask({ do: 'snapshot', path: world.repo, label }),
      );
      const shown = await world.me.call('snapshot/show', { snapshot });
      assert.equal(shown.label, label);
      world.write('story', 'overwritten');
      const restored = await client.ask({ do: 'restore', snapshot });
      assert.equal(restored['verified'], true);
      assert.equal(story(), 'kept');
      const undone = await client.ask({ do: 'undo' });
      assert.equal(undone['verified'], true);
      assert.equal(story(), 'overwritten');
    },
  },
];
