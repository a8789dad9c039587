import assert from 'node:assert/strict';
import { OpenLosses } from '../../../agent/manager/open-losses';
import { ManualClock } from '../server/manual-clock';

const MINUTE = 60_000;
const loss = (kind: 'git' | 'deleted', id: string) => ({ kind, record: { source: { id } } });
type Loss = ReturnType<typeof loss>;

describe('a loss', () => {
  let clock: ManualClock;
  let readable: Set<string>;
  let told: string[];
  let losses: OpenLosses<Loss>;

  beforeEach(() => {
    clock = new ManualClock();
    readable = new Set();
    told = [];
    losses = new OpenLosses<Loss>({
      clock,
      unrestored: [],
      isReadable: (source) => readable.has(source),
      tell: ({ record }) => told.push(record.source.id),
    });
  });

  const open = (): string[] => losses.list().map(({ record }) => record.source.id);

  it('of files is told at once, and offered until something is restored', () => {
    losses.add(loss('deleted', 'app'));
    readable.add('app');
    losses.look('app');
    assert.deepEqual([told, open()], [['app'], ['app']]);
    losses.drop('app');
    assert.deepEqual(open(), []);
  });

  it('of git’s own files is told only when it was not mended meanwhile', () => {
    losses.add(loss('git', 'mended'));
    losses.add(loss('git', 'broken'));
    assert.deepEqual([told, open()], [[], []]);
    readable.add('mended');
    clock.advance(MINUTE);
    assert.deepEqual([told, open()], [['broken'], ['broken']]);
  });

  it('of git’s own files is over when git can read them again', () => {
    losses.add(loss('git', 'app'));
    clock.advance(MINUTE);
    losses.look('app');
    assert.deepEqual(open(), ['app']);
    readable.add('app');
    losses.look('app');
    assert.deepEqual(open(), []);
  });

  it('is told of no more when the agent leaves', () => {
    losses.add(loss('git', 'app'));
    losses.close();
    clock.advance(MINUTE);
    assert.deepEqual(told, []);
  });
});
