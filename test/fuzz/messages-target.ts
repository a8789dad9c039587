import assert from 'node:assert/strict';
import { CALLS, callSpec, isCallName } from '../../agent/protocol/calls';
import { errorData } from '../../agent/protocol/errors';
import { isMethodName, METHODS, specOf } from '../../agent/protocol/methods';
import { MAX_DEPTH, parseFrame } from '../../agent/protocol/transport';
import { Inbox } from '../../agent/server/inbox';
import { DEFAULT_LIMITS } from '../../agent/server/limits';
import { invalidParams } from '../../agent/server/wire-errors';
import { systemClock } from '../../agent/support/clock';
import type { FuzzTarget } from './target';

const CODES = new Set([-32700, -32600, 1]);
const BUILT_IN = Object.getOwnPropertyNames(Object.prototype).length;

/** The text of a message from a client, as far as the parameters of its method. */
export function messagesTarget(): FuzzTarget {
  const methods = Object.keys(METHODS).filter(isMethodName);
  const calls = Object.keys(CALLS).filter(isCallName);
  return {
    seeds: [
      ...methods.map((method) => text({ jsonrpc: '2.0', id: 1, method, params: PARAMS })),
      ...calls.map((call) => text({ jsonrpc: '2.0', id: call, result: PARAMS })),
      text({ jsonrpc: '2.0', id: 1, error: { code: 1, message: 'no' } }),
      text({ jsonrpc: '2.0', method: '$/cancelRequest', params: { id: 1 } }),
      text([{ jsonrpc: '2.0', id: 1, method: 'worktree/list' }]),
      Buffer.from('['.repeat(MAX_DEPTH + 1)),
    ],
    words: [...methods, ...WORDS].map((word) => Buffer.from(word)),
    run: (input) => {
      const answers: { code: number; data: unknown }[] = [];
      const inbox = new Inbox(DEFAULT_LIMITS, systemClock, {
        refuse: (_id, code, _message, data) => answers.push({ code, data }),
        close: () => undefined,
        ignore: () => undefined,
      });
      for (const call of calls) inbox.expect(call);
      const message = inbox.accept(parseFrame(input.toString('utf8')));
      for (const { code, data } of answers) {
        assert.ok(CODES.has(code));
        errorData.parse(data);
      }
      assert.equal(Object.getOwnPropertyNames(Object.prototype).length, BUILT_IN);
      if (message === null) return;
      assert.equal(answers.length, 0);
      if ('method' in message && typeof message.method === 'string') {
        if (!isMethodName(message.method)) return;
        const params: unknown = 'params' in message ? message.params : {};
        const parsed = specOf(message.method).params.safeParse(params);
        if (!parsed.success) assert.ok(invalidParams(message.method, parsed.error).message);
      } else if ('id' in message && typeof message.id === 'string' && isCallName(message.id))
        callSpec(message.id).result.safeParse('result' in message ? message.result : null);
    },
    close: () => Promise.resolve(),
  };
}

/** What most methods take something of. */
const PARAMS = {
  path: '/work/app',
  snapshot: 'latest',
  name: 'orders',
  id: 'web',
  limit: 3,
  source: { kind: 'files', path: '/data', files: ['a/b'], freezeMs: 1000 },
  spec: { kind: 'process', command: ['node', 'x.js'], health: { kind: 'tcp', port: 80 } },
  records: [{ kind: 'bytes', key: 'k', bytes: 'aGk=' }],
  next: null,
  progressToken: 'p',
};
const WORDS = [
  ...['"__proto__"', '"constructor"', '"\\ud800"', '"\\udc80"', '"\\u0000"', '/../', 'source:'],
  ...['1e999', '-0', '9007199254740993', 'null', '[]', '{}', '"kind":', '"params":', '"id":'],
];

function text(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value));
}
