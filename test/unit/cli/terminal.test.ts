import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { LiveScreen } from '../../../agent/cli/live-screen';
import { confirm } from '../../../agent/cli/prompt';
import { printable, styleFor } from '../../../agent/cli/style';
import { tableLines } from '../../../agent/cli/table';
import { isOlder } from '../../../agent/cli/version';
import { systemClock } from '../../../agent/support/clock';
import type { CliEnvironment } from '../../../agent/cli/environment';
import { Emitter } from '../../../agent/support/emitter';
import { TextSink } from '../../support/cli-run';

function environment(stdin: PassThrough, stderr: TextSink): CliEnvironment {
  return {
    stdin,
    stdout: new TextSink({ tty: true }),
    stderr,
    env: {},
    cwd: '/',
    homedir: '/home/me',
    platform: process.platform,
    clock: systemClock,
    version: '0.1.0',
    execPath: process.execPath,
    agentScript: '',
    runChild: () => assert.fail('nothing is to be run here'),
    runAgent: () => Promise.reject(new Error('not to be run here')),
    rescue: {
      importKey: () => Promise.reject(new Error('not to be run here')),
      recover: () => Promise.reject(new Error('not to be run here')),
    },
    onStopSignal: (listener) => new Emitter<'SIGINT'>().on(listener),
  };
}

async function answerTo(typed: string | null): Promise<boolean> {
  const stdin = new PassThrough();
  const answer = confirm(
    environment(stdin, new TextSink({ tty: true })),
    'Restore?',
    new AbortController().signal,
  );
  stdin.end(typed ?? '');
  return await answer;
}

describe('what goes to a terminal', () => {
  it('has colours on a terminal, none in a pipe, for NO_COLOR and on a dumb terminal', () => {
    const terminal = new TextSink({ tty: true });
    assert.equal(styleFor(terminal, {}).red('x'), '\u001b[31mx\u001b[39m');
    assert.equal(styleFor(terminal, { NO_COLOR: '1' }).red('x'), 'x');
    assert.equal(styleFor(terminal, { NO_COLOR: '' }).red('x'), '\u001b[31mx\u001b[39m');
    assert.equal(styleFor(terminal, { TERM: 'dumb' }).red('x'), 'x');
    assert.equal(styleFor(new TextSink(), {}).red('x'), 'x');
  });

  it('cannot be taken over by escape sequences in names and messages', () => {
    assert.equal(printable('a\u001b]0;title\u0007b\nc'), 'a\\x1b]0;title\\x07b\nc');
  });

  it('keeps the columns of a table in line, also with wide characters', () => {
    const plain = styleFor(new TextSink(), {});
    const lines = tableLines(
      [{ head: 'NAME' }, { head: 'N', align: 'right' }],
      [
        ['ab', '1'],
        ['日本', '22'],
      ],
      plain,
    );
    assert.deepEqual(lines, ['NAME   N', 'ab     1', '日本  22']);
  });

  it('takes only "y" and "yes" for a yes', async () => {
    assert.deepEqual(await Promise.all(['y\n', 'YES\n', ' y \n'].map(answerTo)), [
      true,
      true,
      true,
    ]);
    const others = ['\n', 'n\n', 'yess\n', 'y no\n', null];
    assert.deepEqual(
      await Promise.all(others.map(answerTo)),
      others.map(() => false),
    );
  });

  it('takes Ctrl-C at a question for a no', async () => {
    const stop = new AbortController();
    const stderr = new TextSink({ tty: true });
    const answer = confirm(environment(new PassThrough(), stderr), 'Restore?', stop.signal);
    stop.abort();
    assert.equal(await answer, false);
    assert.equal(stderr.text, 'Restore? [y/N] \n');
  });

  it('draws a live view in place, once for each change, and gives the terminal back', () => {
    const stream = new TextSink({ tty: true });
    const screen = new LiveScreen(stream, () => undefined);
    screen.draw(['one', 'two']);
    const before = stream.text;
    screen.draw(['one', 'two']);
    assert.equal(stream.text, before, 'the same frame is not drawn twice');
    assert.ok(before.includes('one\u001b[K\r\ntwo\u001b[K'));
    assert.ok(!before.includes('\u001b[2J'), 'the screen is never blanked: that flickers');
    screen.close();
    assert.ok(stream.text.endsWith('\u001b[?25h\u001b[?1049l'));
  });

  it('shows of a live view what the screen has room for, and counts the rest', () => {
    const stream = new TextSink({ tty: true });
    stream.rows = 3;
    const screen = new LiveScreen(stream, () => undefined);
    screen.draw(['1', '2', '3', '4', '5']);
    assert.ok(stream.text.includes('1\u001b[K\r\n2\u001b[K\r\n… 3 more lines\u001b[K\u001b[J'));
    screen.close();
  });

  it('draws a live view again when the terminal changed its size', () => {
    const stream = new TextSink({ tty: true });
    let resized = 0;
    const screen = new LiveScreen(stream, () => (resized += 1));
    screen.draw(['same']);
    const before = stream.text.length;
    stream.emit('resize');
    screen.draw(['same']);
    assert.equal(resized, 1);
    assert.ok(stream.text.length > before);
    screen.close();
    assert.equal(stream.listenerCount('resize'), 0);
  });

  it('knows which of two releases is older', () => {
    assert.deepEqual(
      [
        isOlder('0.1.0', '0.2.0'),
        isOlder('0.9.0', '0.10.0'),
        isOlder('1.0.0', '1.0.0'),
        isOlder('2.0.0', '1.9.9'),
        isOlder('odd', '1.0.0'),
      ],
      [true, true, false, false, false],
    );
  });
});
