import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KillableAgent } from '../../support/killable-agent';

const HALF = '0123456789ab.tmp';
const PACK = '0'.repeat(32);

describe('what a killed agent left half written', () => {
  const home = mkdtempSync(join(tmpdir(), 'bulwark-leftovers-'));
  const agent = new KillableAgent(home);
  after(async () => {
    await agent.kill();
    rmSync(home, { recursive: true, force: true });
  });

  it('is removed at the next start, and nothing else is', async () => {
    (await agent.start()).close();
    await agent.kill();
    mkdirSync(join(home, 'health'), { recursive: true });
    const left = [
      `protected.json.${HALF}`,
      `health/alerts.json.${HALF}`,
      `store/config.json.${HALF}`,
      `keys/somebody.key.${HALF}`,
      `store/packs/${PACK}.copy`,
      `store/packs/${PACK}.copy.0123456789ab.part`,
    ];
    const others = ['notes.tmp', 'store/notes.tmp', 'keys/mine.copy', 'store/packs/mine.copy'];
    for (const name of [...left, ...others]) writeFileSync(join(home, name), 'half');
    for (const [folder, list] of [
      ['store/probe-aB3xY9', left],
      ['store/probes', others],
    ] as const) {
      mkdirSync(join(home, folder));
      writeFileSync(join(home, folder, 'LOCK'), '');
      list.push(folder);
    }
    (await agent.start()).close();
    assert.deepEqual(
      left.filter((name) => existsSync(join(home, name))),
      [],
    );
    assert.deepEqual(
      others.filter((name) => !existsSync(join(home, name))),
      [],
    );
  });
});
