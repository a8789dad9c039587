import assert from 'node:assert/strict';
import { parseBlobId } from '../../../agent/repository/blob-id';
import { NO_TOTALS, type TreeEntry } from '../../../agent/repository/tree';
import { isAllowedName } from '../../../agent/protection/restore/allowed-names';
import { Planner } from '../../../agent/protection/restore/planner';

const ID = parseBlobId('0'.repeat(64));
const file = (name: string): TreeEntry => ({
  kind: 'file',
  name,
  mode: 0o644,
  size: 1,
  id: ID,
  chunked: false,
});
const folder = (name: string): TreeEntry => ({
  kind: 'folder',
  name,
  mode: 0o755,
  tree: ID,
  totals: NO_TOTALS,
});

describe('names from another system', () => {
  it('are refused on Windows where they mean something else there', () => {
    const bad = [
      '..\\x',
      'C:x',
      'a:b',
      'x.',
      'x ',
      'CON',
      'nul.txt',
      'com1',
      'LPT9.a',
      'a*',
      'a\n',
    ];
    for (const name of bad) {
      assert.equal(isAllowedName(name, 'win32'), false, name);
      assert.equal(isAllowedName(name, 'linux'), true, name);
    }
    for (const name of ['console', 'com10', 'a.b', '.git', ' x', 'aux1', 'é', '😀'])
      assert.equal(isAllowedName(name, 'win32'), true, name);
  });

  it('are refused everywhere where they are no name', () => {
    for (const name of ['', '.', '..', 'a/b', 'a\0'])
      for (const platform of ['linux', 'darwin', 'win32'] as const)
        assert.equal(isAllowedName(name, platform), false, name);
  });

  it('are left out of a restore with all below them, and the plan says so', () => {
    const planner = new Planner({
      area: 0,
      policy: 'exact',
      atomic: false,
      number: () => 0,
      platform: 'win32',
    });
    for (const [path, entry] of [
      ['..\\x', folder('..\\x')],
      ['..\\x/in', file('in')],
      ['C:x', file('C:x')],
      ['good', file('good')],
    ] as const)
      planner.add({
        kind: 'changed',
        path,
        from: null,
        to: { entry, mtime: 0n, below: null },
        standing: 'inside',
      });
    const work = planner.finish();
    assert.deepEqual(
      work.items.map(({ path }) => path),
      ['good'],
    );
    assert.deepEqual(
      work.puts.map((move) => 'path' in move && move.path),
      ['good'],
    );
    assert.equal(work.notes.length, 2);
    assert.match(work.notes.join('\n'), /C:x was left out/);
  });
});
