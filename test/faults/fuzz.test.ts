import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import { readCorpus, TARGETS } from '../fuzz/corpus';
import { tryInput } from '../fuzz/fuzzer';
import { mutate } from '../fuzz/mutate';
import type { FuzzTarget } from '../fuzz/target';
import { Seeded } from '../support/seeded';

const MUTATIONS = 4000;
/** Far more than an input of 64 KiB is worth, far less than one that claims gigabytes would take. */
const MOST_MEMORY = 256 * 1024 * 1024;

describe('Bytes that a stranger could have written', function () {
  this.timeout(120_000);
  for (const [name, open] of Object.entries(TARGETS))
    describe(`as ${name}`, () => {
      let target: FuzzTarget;
      let known: readonly Buffer[];
      before(async () => {
        target = await open();
        known = [...target.seeds, ...readCorpus(name)];
      });
      after(() => target.close());

      async function harmless(input: Buffer): Promise<void> {
        const finding = await tryInput(target, input);
        if (finding !== null)
          assert.fail(`${inspect(finding.error)}\ninput: ${input.toString('base64')}`);
      }

      it('that were found to reach far are refused with a typed error, or read', async () => {
        assert.ok(known.length > 10);
        for (const input of known) await harmless(input);
      });

      it(`are so with ${MUTATIONS} changes of them, in little memory`, async () => {
        const chance = new Seeded(20_261_130);
        const { rss } = process.memoryUsage();
        let most = rss;
        for (let i = 0; i < MUTATIONS; i++) {
          const start = chance.pick(known) ?? Buffer.alloc(0);
          await harmless(mutate(start, chance, known, target.words));
          if (i % 100 === 0) most = Math.max(most, process.memoryUsage().rss);
        }
        assert.ok(most - rss < MOST_MEMORY, `${(most - rss) / 1e6} MB`);
      });
    });
});
