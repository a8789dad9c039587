import * as assert from 'node:assert/strict';
import type { Integrity, VerifyReport } from '../../../agent/protocol/store-entities';
import {
  drillSummary,
  integrityDetail,
  integrityWords,
  repairDetail,
  repairSummary,
  verifyLines,
  verifySummary,
} from '../../../extension/integrity-words';
import { noticeWords } from '../../../extension/notice-words';
import { notice, snapshot, worktree } from './samples';

const NOW = new Date(2026, 10, 24, 12).getTime();
const HOUR = 3_600_000;
const PROOF = { at: NOW, ok: true, note: null };

const integrity = (known: Partial<Integrity> = {}): Integrity => ({
  score: 1,
  provenBytes: 4096,
  totalBytes: 4096,
  oldestProof: NOW - 2 * HOUR,
  structure: PROOF,
  meaning: PROOF,
  damage: null,
  ...known,
});

const report = (known: Partial<VerifyReport> = {}): VerifyReport => ({
  ok: true,
  snapshots: 3,
  blobs: 40,
  bytes: 2048,
  packs: 2,
  errors: [],
  affected: [],
  affectedTotal: 0,
  repair: null,
  durationMs: 10,
  ...known,
});

describe('what is said about the integrity of the store', () => {
  it('is how much is proven, and how old the oldest proof is', () => {
    assert.equal(integrityWords(integrity(), NOW), 'store 100 % proven, 2 h ago');
    assert.match(integrityDetail(integrity(), NOW), /100 % proven, the oldest proof is from 2 h/);
  });

  it('never rounds up to everything, and says what is missing', () => {
    const most = integrity({ score: 0.9999, provenBytes: 3072, structure: null, meaning: null });
    assert.match(integrityWords(most, NOW), /^store 99\.9 % proven/);
    assert.match(
      integrityDetail(most, NOW),
      /\(1\.0 KB not read back yet, references not checked yet, not judged by git yet\)/,
    );
    const fresh = integrity({ score: 0, provenBytes: 0, oldestProof: null });
    assert.equal(integrityWords(fresh, NOW), 'store not read back yet');
    const rejected = integrity({ meaning: { at: NOW, ok: false, note: null } });
    assert.match(integrityDetail(rejected, NOW), /git does not accept all of it/);
  });

  it('is damage before anything else', () => {
    const damage = { foundAt: NOW - HOUR, message: '2 files are lost.', files: 2, snapshots: 1 };
    assert.equal(integrityWords(integrity({ damage }), NOW), 'store damaged, found 1 h ago');
    assert.match(integrityDetail(integrity({ damage }), NOW), /damaged\. 2 files are lost/);
  });

  it('after a verification: what was read, or what cannot be', () => {
    assert.match(verifySummary(report()), /^The store is sound: 3 snapshots, 2\.0 KB read back/);
    const { source, path } = worktree();
    const damaged = report({
      ok: false,
      errors: [{ what: 'pack', where: 'p7', message: 'a frame is damaged', snapshots: [] }],
      affected: [
        {
          source,
          worktree: path,
          root: 'files',
          path: 'a.txt',
          what: 'file',
          snapshots: [snapshot(1).id],
          first: NOW,
          last: NOW,
        },
      ],
      affectedTotal: 2,
    });
    assert.match(verifySummary(damaged), /damaged: 1 error found\. 2 files cannot be read now/);
    const lines = verifyLines(damaged, NOW).join('\n');
    assert.match(lines, /pack p7: a frame is damaged/);
    assert.match(lines, /unreadable: \/code\/shop\/a\.txt in 1 snapshot, today/);
    assert.match(lines, /and 1 more/);
  });

  it('before a repair: what it does, and afterwards whether all is whole', () => {
    const repair = {
      id: 'plan',
      strays: 0,
      records: 1,
      packs: ['p7'],
      missingPacks: [],
      closedPacks: [],
      rebuildsCatalog: false,
      lost: 2,
      searched: ['/code/shop'],
    };
    const detail = repairDetail(report({ ok: false, repair })).join('\n');
    assert.match(detail, /nothing is deleted/);
    assert.match(detail, /Looks for 2 lost pieces/);
    const result = {
      found: 0,
      copied: 4,
      records: 1,
      quarantined: [],
      fromWorktrees: [],
      fromReplicas: 0,
      catalogRebuilt: false,
      lost: 0,
      affected: [],
      affectedTotal: 0,
      closedPacks: [],
    };
    assert.match(repairSummary(result), /mended: everything/);
    assert.match(repairSummary({ ...result, lost: 2, affectedTotal: 1 }), /1 file could not be/);
    assert.match(repairSummary({ ...result, closedPacks: ['p'] }), /cannot be opened/);
  });

  it('after a drill: whether everything came back, and what did not', () => {
    const source = {
      source: worktree().source,
      worktree: '/code/shop',
      snapshot: snapshot(1).id,
      createdAt: NOW,
      ok: true,
      entries: 3,
      bytes: 2048,
      restoreMs: 1,
      compareMs: 1,
      git: { kind: 'accepted' } as const,
      problems: [],
    };
    const drill = { ok: true, at: NOW, durationMs: 1500, sources: [source] };
    assert.match(drillSummary(drill), /1 worktree came back byte for byte: 2\.0 KB in 2 seconds/);
    const failed = { ...drill, ok: false, sources: [{ ...source, ok: false }] };
    assert.match(drillSummary(failed), /Not restored as it was: shop\./);
    assert.match(drillSummary({ ...drill, sources: [] }), /Nothing is protected/);
  });

  it('notices of damage and of a drill offer to show what it is about', () => {
    const titleOf = (kind: 'verify' | 'drill'): string | undefined =>
      noticeWords([notice('1', { action: { kind } })])?.title;
    assert.equal(titleOf('verify'), 'Verify Store');
    assert.equal(titleOf('drill'), 'Show Result');
  });
});
