import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { JournalWorld } from '../../support/journal-world';

const FOLDERS = 500;
const FILES = 50_000;

describe('a burst that outruns the journal', function () {
  this.timeout(120_000);
  const world = new JournalWorld();
  after(() => world.remove());

  it('is found by a scan, says so, and loses nothing that is there', async () => {
    await world.start();
    const repo = world.repository('repo', { 'a.txt': 'one\n' });
    await world.protect(repo);
    for (let folder = 0; folder < FOLDERS; folder++)
      mkdirSync(join(repo, `gen/${String(folder)}`), { recursive: true });
    for (let i = 0; i < FILES; i++)
      writeFileSync(join(repo, `gen/${String(i % FOLDERS)}/${String(i)}.txt`), `${String(i)}\n`);

    await world.until('everything to be kept', async () => {
      const now = await world.info(repo);
      return now.protection.kind === 'current' && now.journal?.behindMs === 0 ? now : null;
    });

    const { entries } = await world.client.call('journal/list', { path: repo });
    assert.ok(entries.some(({ seen, why }) => seen === 'scanned' && why !== null));
    const { snapshot } = await world.client.call('journal/moment', {
      moment: { kind: 'time', path: repo, at: entries[0]?.at ?? 0 },
    });
    assert.equal(snapshot.files, FILES + 1);
  });
});
