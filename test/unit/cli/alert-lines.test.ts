import assert from 'node:assert/strict';
import { alertLines } from '../../../agent/cli/health-view';
import { styleFor } from '../../../agent/cli/style';
import type { AlertInfo } from '../../../agent/protocol/health-entities';
import { TextSink } from '../../support/cli-run';

const view = { style: styleFor(new TextSink(), {}), now: 60_000, homedir: '/home/a', columns: 100 };

function alert(id: string, message: string, inhibitedBy: string | null): AlertInfo {
  return {
    id: id.repeat(16),
    fault: 'component.down',
    title: 'A component does not answer',
    severity: 'warning',
    state: 'firing',
    unknown: false,
    subject: { kind: 'component', id, name: id },
    message,
    hint: `what to do about ${message}`,
    details: {},
    startsAt: 0,
    endsAt: null,
    acknowledged: null,
    silencedBy: null,
    inhibitedBy: inhibitedBy?.repeat(16) ?? null,
    flapping: false,
  };
}

const text = (alerts: readonly AlertInfo[]): string[] =>
  alertLines(alerts, view).map((line) => line.replace(/ +/g, ' ').replace(/ \(.*/, '').trim());

describe('the list of alerts', () => {
  it('shows consequences below their cause, and what to do once', () => {
    assert.deepEqual(
      text([
        alert('c', 'the page fails', 'b'),
        alert('b', 'the server is down', 'a'),
        alert('d', 'a worktree is gone', null),
        alert('a', 'the database is down', null),
      ]),
      [
        'warning dddddd a worktree is gone',
        'what to do about a worktree is gone',
        'warning aaaaaa the database is down',
        'what to do about the database is down',
        'warning bbbbbb └ the server is down',
        'warning cccccc └ the page fails',
      ],
    );
  });

  it('leaves nothing out whose cause is not shown, or that follows from itself', () => {
    assert.deepEqual(
      text([alert('a', 'one', 'z'), alert('b', 'two', 'c'), alert('c', 'three', 'b')]),
      [
        'warning aaaaaa one',
        'what to do about one',
        'warning bbbbbb two',
        'what to do about two',
        'warning cccccc └ three',
      ],
    );
  });
});
