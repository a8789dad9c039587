import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { z } from 'zod';
import { live } from '../support/life/live';

const SEEDS = resolve(__dirname, '../../../test/faults/random-life.seeds.json');
const seeds = z
  .array(z.object({ seed: z.int(), steps: z.int().positive() }))
  .parse(JSON.parse(readFileSync(SEEDS, 'utf8')));

/** One life of chosen length: `npm run soak:life -- --seed N --steps N`. */
const SEED = process.env['BULWARK_LIFE_SEED'];
const STEPS = Number(process.env['BULWARK_LIFE_STEPS'] ?? 100);
const lives = SEED === undefined ? seeds : [{ seed: Number(SEED), steps: STEPS }];

describe('a store that lives through whatever chance brings', () => {
  for (const { seed, steps } of lives)
    it(`has kept all that it acknowledged, byte by byte (seed ${String(seed)}, ${String(steps)} steps)`, async function () {
      this.timeout(60_000 + steps * 3_000);
      const counts = await live(seed, steps);
      if (SEED !== undefined)
        console.log([...counts].map(([name, count]) => `${String(count)} ${name}`).join(', '));
    });
});
