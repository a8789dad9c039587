import * as assert from 'node:assert/strict';
import { backupSummary, kindChoices } from '../../../extension/backup-words';
import {
  snapshotDescription,
  snapshotDetails,
  snapshotIcon,
} from '../../../extension/snapshot-words';
import { snapshot } from './samples';

const NOW = new Date(2026, 10, 24, 12).getTime();
const DAY = 86_400_000;

describe('kinds of snapshots and pins', () => {
  it('have words and an icon each', () => {
    const kinds = [
      snapshot(1, { backup: 'full', kind: 'manual' }),
      snapshot(1, { backup: 'differential' }),
      snapshot(1, { backup: 'incremental' }),
      snapshot(1, { kind: 'manual' }),
      snapshot(1, { kind: 'automatic' }),
      snapshot(1, { kind: 'safety' }),
    ];
    assert.deepEqual(
      kinds.map((one) => snapshotDescription(one)),
      [
        'full backup · 3 files',
        'differential backup · 3 files',
        'incremental backup · 3 files',
        'taken by hand · 3 files',
        'automatic · 3 files',
        'before a restore · 3 files',
      ],
    );
    assert.equal(new Set(kinds.map(snapshotIcon)).size, kinds.length);
  });

  it('say first that one is pinned, and in the tooltip why', () => {
    const pinned = snapshot(1, { pinned: 'before the migration' });
    assert.equal(snapshotDescription(pinned), 'pinned · automatic · 3 files');
    assert.equal(snapshotIcon(pinned), 'pinned');
    const details = snapshotDetails(pinned, NOW).join('\n');
    assert.match(details, /Pinned: before the migration\. It stays until it is unpinned/);
    assert.doesNotMatch(details, /Kept until/);
  });

  it('tell what the kind means and how long it stays', () => {
    const one = snapshot(1, { backup: 'full', createdAt: NOW, keptUntil: NOW + 30 * DAY });
    const details = snapshotDetails(one, NOW).join('\n');
    assert.match(details, /Kind: full backup\. Every file was read again/);
    assert.match(details, /Kept until \w+.* 24.*, and longer while it is the newest of its kind/);
    const old = snapshotDetails({ ...one, keptUntil: NOW }, NOW).join('\n');
    assert.match(old, /its time is over/);
  });

  it('name a label beside the kind of a backup', () => {
    const named = snapshot(1, { label: 'release', backup: 'full' });
    assert.equal(snapshotDescription(named), 'release · full backup · 3 files');
  });
});

describe('what Back Up Now… says', () => {
  it('is one line for each kind, when it was last taken and how long it is kept', () => {
    const choices = kindChoices(
      [{ kind: 'full', pattern: null, keepMs: 30 * DAY, last: NOW - 3 * 3_600_000, next: null }],
      NOW,
    );
    assert.deepEqual(
      choices.map(({ label, description }) => [label, description]),
      [
        ['Full backup', 'last 3 h ago · kept for 30 days'],
        ['Differential backup', 'none yet'],
        ['Incremental backup', 'none yet'],
        ['Snapshot', 'none yet'],
      ],
    );
    assert.ok(choices.every(({ detail }) => detail !== undefined));
  });

  it('is afterwards what was saved, checked and mended', () => {
    const backup = {
      snapshot: snapshot(1, { newBytes: 2048 }),
      provenBlobs: 40,
      provenBytes: 9000,
      mended: false,
    };
    assert.equal(
      backupSummary('full', 'shop', [backup]),
      'Full backup of shop: 3 files, 2.0 KB new. 40 pieces in the store read back and checked.',
    );
    assert.match(
      backupSummary('full', '2 worktrees', [backup, { ...backup, mended: true }]),
      /of 2 worktrees: 6 files.*found and mended/,
    );
  });
});
