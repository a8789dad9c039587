import * as assert from 'node:assert/strict';
import { sourceId, type Notice } from '../../../agent/protocol/entities';
import { noticeWords } from '../../../extension/notice-words';
import { Notices, type NoticeLevel } from '../../../extension/notices';
import { OwnWork } from '../../../extension/own-work';
import { ManualClock, settle } from './manual-clock';
import { notice, snapshot } from './samples';
import { answering } from './answering';

const SECOND = 1000;

describe('notices of the agent', () => {
  let clock: ManualClock;
  let claimed: Set<string>;
  let shown: Notice[][];

  beforeEach(() => {
    clock = new ManualClock();
    claimed = new Set();
    shown = [];
  });

  const desk = (
    known: { recovered?: boolean; ours?: boolean; level?: NoticeLevel; own?: OwnWork } = {},
  ): Notices =>
    new Notices({
      call: answering({
        'notice/claim': ({ id }) => {
          const first = !claimed.has(id);
          claimed.add(id);
          return { claimed: first };
        },
      }),
      clock,
      random: () => 0.5,
      own: known.own ?? new OwnWork(),
      level: () => known.level ?? 'all',
      isOurs: () => known.ours ?? true,
      isRecovered: () => known.recovered ?? false,
      faultOf: (id) => (id === 'gone' ? 'worktree.missing' : 'worktree.journal-behind'),
      show: (notices) => shown.push([...notices]),
      onError: (error) => {
        throw error;
      },
    });

  it('are not shown during start-up, but after it', async () => {
    const notices = desk();
    notices.raise(notice('a'));
    await clock.advance(10 * SECOND);
    assert.deepEqual(shown, []);
    notices.ready();
    await clock.advance(2 * SECOND);
    assert.equal(shown.length, 1);
  });

  it('tell of a folder that is gone once, by the loss or by its alert', async () => {
    const source = sourceId.parse('00000000000000aa');
    const loss: NonNullable<Notice['loss']> = {
      kind: 'folder',
      at: 1,
      worktree: '/code/shop',
      lost: 3,
      paths: [],
      withGitState: true,
    };
    const notices = desk();
    notices.ready();
    notices.raise(notice('lost', { source, loss }));
    await clock.advance(30 * SECOND);
    notices.raise(notice('alert', { source, alerts: ['gone'] }));
    await clock.advance(5 * SECOND);
    assert.deepEqual(
      shown.flat().map(({ id }) => id),
      ['lost'],
    );
    notices.raise(notice('other', { source, alerts: ['behind'] }));
    await clock.advance(5 * SECOND);
    assert.deepEqual(
      shown.flat().map(({ id }) => id),
      ['lost', 'other'],
    );
    await clock.advance(15 * 60 * SECOND);
    notices.raise(notice('again', { source, alerts: ['gone'] }));
    await clock.advance(5 * SECOND);
    assert.equal(shown.flat().at(-1)?.id, 'again');
  });

  it('leave it to a recovery that is under way to mend git', async () => {
    const source = sourceId.parse('00000000000000aa');
    const loss: NonNullable<Notice['loss']> = {
      kind: 'git',
      at: 1,
      worktree: '/code/shop',
      lost: 0,
      paths: [],
      withGitState: true,
    };
    const notices = desk({ recovered: true });
    notices.ready();
    notices.raise(notice('lost', { source, loss }));
    notices.raise(notice('alert', { source, alerts: ['gone'] }));
    await clock.advance(5 * SECOND);
    assert.deepEqual(
      shown.flat().map(({ id }) => id),
      ['alert'],
    );
  });

  it('are shown in one window only: the one that has the worktree open', async () => {
    const elsewhere = desk({ ours: false });
    const ours = desk({ ours: true });
    const where: string[] = [];
    elsewhere.ready();
    ours.ready();
    elsewhere.raise(notice('a'));
    await clock.advance(100);
    assert.equal(claimed.size, 0);
    ours.raise(notice('a'));
    await settle();
    assert.equal(claimed.size, 1);
    await clock.advance(5 * SECOND);
    assert.equal(shown.length, 1);
    assert.deepEqual(where, []);
  });

  it('are shown elsewhere when no window has the worktree open', async () => {
    const elsewhere = desk({ ours: false });
    elsewhere.ready();
    elsewhere.raise(notice('a'));
    await clock.advance(5 * SECOND);
    assert.equal(shown.length, 1);
  });

  it('that come together are shown together', async () => {
    const notices = desk();
    notices.ready();
    for (const id of ['a', 'b', 'c']) notices.raise(notice(id));
    await clock.advance(5 * SECOND);
    assert.deepEqual(
      shown.map((some) => some.map(({ id }) => id)),
      [['a', 'b', 'c']],
    );
  });

  it('are not shown twice when they come again after a lost connection', async () => {
    const notices = desk();
    notices.ready();
    notices.raise(notice('a'));
    notices.raise(notice('a'));
    await clock.advance(5 * SECOND);
    assert.equal(shown.flat().length, 1);
  });

  it('are left to other windows when the person wants none here', async () => {
    const quiet = desk({ level: 'off' });
    quiet.ready();
    quiet.raise(notice('a', { severity: 'error' }));
    const errors = desk({ level: 'errors' });
    errors.ready();
    errors.raise(notice('b'));
    errors.raise(notice('c', { severity: 'error' }));
    await clock.advance(5 * SECOND);
    assert.deepEqual([...claimed], ['c']);
  });

  it('about a restore of this window are not shown: it has said so itself', async () => {
    const own = new OwnWork();
    const notices = desk({ own });
    notices.ready();
    let finish: () => void = () => undefined;
    const work = own.run(
      () =>
        new Promise<{ operation: string }>((resolve) => {
          finish = () => {
            resolve({ operation: 'op-1' });
          };
        }),
    );
    notices.raise(notice('a', { action: { kind: 'undo', operation: 'op-1' } }));
    notices.raise(notice('b', { action: { kind: 'undo', operation: 'op-2' } }));
    await clock.advance(2 * SECOND);
    assert.deepEqual(shown, []);
    finish();
    await work;
    await clock.advance(5 * SECOND);
    assert.deepEqual(
      shown.flat().map(({ id }) => id),
      ['b'],
    );
  });
});

describe('the words of notices', () => {
  it('name the action of a single one', () => {
    const words = noticeWords([notice('a', { action: { kind: 'undo', operation: 'x' } })]);
    assert.equal(words?.title, 'Undo');
  });

  it('offer what was lost as it was just before', () => {
    const { id } = snapshot(7);
    const loss: Notice['loss'] = {
      kind: 'reverted',
      at: 1,
      worktree: '/code/shop',
      lost: 3,
      paths: ['a', 'b', 'c'],
      withGitState: true,
    };
    const words = noticeWords([notice('a', { action: { kind: 'restore', snapshot: id }, loss })]);
    assert.equal(words?.title, 'Restore What Was Lost…');
    assert.deepEqual(words.action, { kind: 'restore-lost', snapshot: id, withGitState: true });
  });

  it('have an action also where the agent gave none', () => {
    assert.equal(noticeWords([notice('a', { action: null })])?.title, 'Show Log');
  });

  it('put several into one notification, the worst first', () => {
    const words = noticeWords([notice('a'), notice('b', { severity: 'error' }), notice('c')]);
    assert.equal(words?.severity, 'error');
    assert.equal(words.message, 'notice b (and 2 other notices)');
    assert.equal(words.title, 'Show Worktrees');
  });
});
