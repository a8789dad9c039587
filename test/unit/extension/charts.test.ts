import * as assert from 'node:assert/strict';
import type { ResultOf } from '../../../agent/protocol/methods';
import { AgentError } from '../../../extension/agent-error';
import type { AgentState } from '../../../extension/agent-state';
import { ChartFeed } from '../../../extension/health/charts/chart-feed';
import { CHARTS } from '../../../extension/health/charts/chart-list';
import {
  fromPage,
  type ChartRange,
  type ToPage,
} from '../../../extension/health/charts/chart-page';
import { chartView } from '../../../extension/health/charts/chart-views';
import { axisRange, figure, summary } from '../../../extension/health/charts/figures';
import { distinctPlace, shortNames } from '../../../extension/short-names';
import { answering } from './answering';
import { ManualClock, settle } from './manual-clock';
import { alert } from './samples';

type Series = ResultOf<'metrics/series'>;

function series(known: Partial<Series> = {}): Series {
  return {
    metric: 'machine.disk-used',
    unit: 'ratio',
    label: 'disk',
    help: '',
    from: 0,
    stepMs: 10_000,
    lines: [],
    left: 0,
    ...known,
  };
}

function line(of: string, ...values: (number | null)[]): Series['lines'][number] {
  return { of, mean: values, max: values.map((value) => (value ?? 0) * 2), unusual: [] };
}

describe('figures of charts', () => {
  it('are said in words that fit their size', () => {
    const said = [
      figure(0.234, 'ratio'),
      figure(0.0042, 'seconds'),
      figure(75, 'seconds'),
      figure(7260, 'seconds'),
      figure(50 * 1024 * 1024, 'bytes'),
      figure(1.25, 'per-second'),
      figure(null, 'bytes'),
    ];
    assert.deepEqual(said, [
      '23 %',
      '4.2 ms',
      '75 s',
      '2 h',
      '50 MB',
      '1.3 a second',
      'nothing measured',
    ]);
  });

  it('have an axis on which noise does not look like news', () => {
    assert.deepEqual(axisRange('ratio', 0.02), [0, 1]);
    assert.deepEqual(axisRange('seconds', 0.000_001), [0, 0.01]);
    assert.ok(axisRange('bytes', 1e9)[1] > 1e9);
  });

  it('are summed up without what was not measured', () => {
    assert.deepEqual(summary([null, 3, 1, null]), { now: 1, lowest: 1, highest: 3 });
    assert.deepEqual(summary([null]), { now: null, lowest: null, highest: null });
  });
});

describe('a chart', () => {
  const kind = CHARTS.find(({ metric }) => metric === 'machine.disk-used');

  it('names paths by what tells them apart', () => {
    const names = shortNames(['/code/a/shop', '/code/b/shop', '/code/site', 'shop/web', '/']);
    assert.deepEqual([...names.values()], ['a/shop', 'b/shop', 'site', 'shop/web', '/']);
  });

  it('of one name says where it is only when another is called alike', () => {
    const all = ['/code/a/shop', '/code/b/shop', '/code/site'];
    assert.deepEqual(
      all.map((path) => distinctPlace(path, all)),
      ['a', 'b', ''],
    );
  });

  it('shows the highest of many lines, and says how many it leaves out', () => {
    assert.ok(kind !== undefined);
    const lines = Array.from({ length: 12 }, (_, at) => line(`/disk${at}`, at / 100));
    const view = chartView(kind, series({ lines: [...lines, line('/none', null)], left: 2 }), []);
    assert.equal(view?.lines.length, 8);
    assert.equal(view.left, 6);
    assert.ok(view.lines.every(({ name }) => name !== 'disk0' && name !== 'none'));
  });

  it('has beside it what is wrong with what it shows, and what is forecast', () => {
    assert.ok(kind !== undefined);
    const filling = alert('a', { fault: 'machine.disk-filling', message: 'full in 5 h' });
    const others = [
      alert('b', { fault: 'machine.disk-full', state: 'resolved' }),
      alert('c', { fault: 'component.down' }),
    ];
    const view = chartView(kind, series(), [filling, ...others]);
    assert.deepEqual(view?.notes, [{ alert: 'a', text: 'full in 5 h' }]);
  });
});

describe('the page of charts', () => {
  const connected = (): AgentState => ({
    kind: 'connected',
    link: {
      agent: { version: '1', pid: 1 },
      epoch: 'e',
      sequence: 0,
      call: answering({}),
      onEvent: () => ({ dispose: () => undefined }),
      onClose: () => ({ dispose: () => undefined }),
      close: () => undefined,
    },
  });
  let clock: ManualClock;
  let asked: number;
  let posted: ToPage[];
  let state: AgentState;

  beforeEach(() => {
    clock = new ManualClock();
    asked = 0;
    posted = [];
    state = connected();
  });

  const feedOf = (range: ChartRange): ChartFeed =>
    new ChartFeed(
      {
        call: answering({
          'metrics/series': ({ metric, from = 0 }) => {
            asked += 1;
            if (metric === 'store.size')
              throw new AgentError('metric-unknown', 'an older agent has no such figure');
            return series({ metric, from, lines: metric === 'machine.cpu' ? [line('', 0.5)] : [] });
          },
        }),
        clock,
        agent: () => state,
        alerts: () => [],
        post: (message) => posted.push(message),
        onError: (error) => {
          throw error;
        },
      },
      range,
    );

  it('asks for nothing while nobody sees it, and is current when somebody does', async () => {
    const feed = feedOf('hour');
    feed.sampled();
    await settle();
    assert.equal(asked, 0);
    feed.visible = true;
    await settle();
    assert.equal(posted.length, 1);
    feed.visible = false;
    await clock.advance(60_000);
    feed.sampled();
    await settle();
    assert.equal(posted.length, 1);
  });

  it('follows each sample of the last hour, and fewer of a week', async () => {
    const hour = feedOf('hour');
    hour.visible = true;
    await settle();
    await clock.advance(10_000);
    hour.sampled();
    await settle();
    assert.equal(posted.length, 2);
    posted = [];
    const week = feedOf('week');
    week.visible = true;
    await settle();
    await clock.advance(10_000);
    week.sampled();
    await settle();
    assert.equal(posted.length, 1);
    await clock.advance(50_000);
    week.sampled();
    await settle();
    assert.equal(posted.length, 2);
  });

  it('goes as far back as is asked for, leaves out what the agent does not know, and components where there are none', async () => {
    const feed = feedOf('hour');
    feed.visible = true;
    await settle();
    feed.range = 'day';
    await settle();
    const shown = posted.at(-1);
    assert.ok(shown?.kind === 'charts');
    assert.equal(shown.range, 'day');
    assert.equal(shown.to - shown.from, 24 * 3_600_000);
    const ids = shown.charts.map(({ id }) => id);
    assert.ok(!ids.includes('store.size'));
    assert.ok(!ids.some((id) => id.startsWith('component.')));
    assert.ok(ids.includes('agent.memory'));
  });

  it('is never switched back to the time that was shown before', async () => {
    const feed = feedOf('hour');
    feed.visible = true;
    feed.range = 'week';
    await settle();
    assert.deepEqual(
      posted.map((message) => (message.kind === 'charts' ? message.range : message.kind)),
      ['week'],
    );
  });

  it('says that there is no agent, and offers to start it', async () => {
    state = { kind: 'stopped', why: 'bulwark stop' };
    const feed = feedOf('hour');
    feed.visible = true;
    await settle();
    const [shown] = posted;
    assert.ok(shown?.kind === 'away');
    assert.ok(shown.canStart);
    assert.equal(asked, 0);
  });

  it('is listened to only where it makes sense', () => {
    assert.deepEqual(fromPage({ kind: 'range', range: 'week' }), { kind: 'range', range: 'week' });
    for (const nonsense of [null, 'ready', { kind: 'range', range: 'year' }, { kind: 'run' }])
      assert.equal(fromPage(nonsense), null);
  });
});
