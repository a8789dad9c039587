import assert from 'node:assert/strict';
import fc from 'fast-check';
import { askProgram } from '../../../agent/protection/sources/ask-program';
import type { FilesProgram } from '../../../agent/protection/sources/data-source';
import { FilesHold } from '../../../agent/protection/sources/files-hold';
import { recordAt, recordPath } from '../../../agent/protection/sources/record-names';
import { BulwarkError } from '../../../agent/support/errors';
import { silentLog } from '../../../agent/support/log';
import { ManualClock } from '../server/manual-clock';

const never = <T>(): Promise<T> => new Promise(() => undefined);
const LIMITS = { answerMs: 1000, thawMs: 1000 };

describe('The time that a program gets', () => {
  it('ends, however the program behaves, and it is told that nobody waits any more', async () => {
    const clock = new ManualClock();
    const program = { owner: 'x', name: 'x', gone: new AbortController().signal };
    let given: AbortSignal | null = null;
    const asked = askProgram({ clock, program, what: 'to sing', limitMs: 1000 }, (signal) => {
      given = signal;
      return never();
    });
    clock.advance(1000);
    await assert.rejects(asked, { reason: 'timeout' });
    assert.equal(isAborted(given), true);
  });

  it('to freeze ends with a thaw: the freeze may come late', async () => {
    const { hold, clock, said } = holding({ freeze: () => never() });
    const backup = hold.forBackup(new AbortController())(() => assert.fail('nothing is frozen'));
    await Promise.resolve();
    clock.advance(1000);
    await assert.rejects(backup, { reason: 'timeout' });
    assert.deepEqual(said, ['thaw']);
  });

  it('to stay frozen ends the reading with a thaw, and is no backup', async () => {
    const { hold, clock, said } = holding({});
    const stop = new AbortController();
    const backup = hold.forBackup(stop)(async () => {
      clock.advance(5000);
      assert.equal(stop.signal.aborted, true);
      throw new BulwarkError('cancelled', 'cancelled');
    });
    await assert.rejects(backup, { reason: 'timeout' });
    assert.deepEqual(said, ['freeze', 'thaw']);
  });

  it('is over when it is gone: the backup is none, and a program in this process is thawed', async () => {
    const gone = new AbortController();
    const { hold, said } = holding({ gone: gone.signal });
    const backup = hold.forBackup(new AbortController())(() => {
      gone.abort();
      return Promise.resolve({ roots: [] });
    });
    await assert.rejects(backup, { reason: 'program-gone' });
    assert.deepEqual(said, ['freeze', 'thaw']);
  });
});

describe('The name of a record', () => {
  it('gives its key and form back, whatever the key is', () => {
    const key = fc.oneof(
      fc.string({ minLength: 1, maxLength: 40 }),
      fc.string({ minLength: 1, maxLength: 300, unit: 'grapheme' }),
      fc.constantFrom(
        '.',
        '..',
        '...',
        'a.json',
        '.json',
        'x%2Ejson',
        '\udcff\udc80',
        'a/b',
        '+',
        'a+',
      ),
    );
    fc.assert(
      fc.property(key, fc.constantFrom('bytes', 'json'), (text, kind) => {
        const path = recordPath(text, kind);
        assert.deepEqual(recordAt(path), { key: text, kind });
        for (const name of path.split('/')) {
          assert.ok(name.length <= 255 && name !== '' && name !== '.' && name !== '..');
          assert.match(name, /^[A-Za-z0-9._%+-]+$/);
        }
      }),
    );
  });
});

function holding(given: Partial<FilesProgram>): {
  hold: FilesHold;
  clock: ManualClock;
  said: string[];
} {
  const clock = new ManualClock();
  const said: string[] = [];
  const program: FilesProgram = {
    owner: 'x',
    name: 'x',
    gone: new AbortController().signal,
    freeze: () => {
      said.push('freeze');
      return Promise.resolve();
    },
    thaw: () => {
      said.push('thaw');
      return Promise.resolve({ held: true });
    },
    ...given,
  };
  const options = { program, freezeMs: 5000, limits: LIMITS, clock, log: silentLog };
  return { hold: new FilesHold(options), clock, said };
}

function isAborted(signal: AbortSignal | null): boolean {
  return signal?.aborted === true;
}
