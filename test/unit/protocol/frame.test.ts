import assert from 'node:assert/strict';
import { MAX_DEPTH, parseFrame } from '../../../agent/protocol/transport';

const nested = (depth: number): string => `${'['.repeat(depth)}${']'.repeat(depth)}`;

describe('the text of a frame', () => {
  it('is parsed as JSON', () => {
    assert.deepEqual(parseFrame('{"a":[1,"x"]}'), { kind: 'value', value: { a: [1, 'x'] } });
    assert.deepEqual(parseFrame('{"a":'), { kind: 'not-json' });
    assert.deepEqual(parseFrame(''), { kind: 'not-json' });
  });

  it('may be nested as deeply as the limit says, and no deeper', () => {
    assert.equal(parseFrame(nested(MAX_DEPTH)).kind, 'value');
    assert.equal(parseFrame(nested(MAX_DEPTH + 1)).kind, 'too-deep');
    assert.equal(parseFrame('{"a":'.repeat(1_000_000)).kind, 'too-deep');
  });

  it('may have any number of brackets in strings, and side by side', () => {
    const text = `${'[{'.repeat(500)}"\\`;
    assert.deepEqual(parseFrame(JSON.stringify([text, text])), {
      kind: 'value',
      value: [text, text],
    });
    assert.equal(parseFrame(`[${'[],'.repeat(1000)}{}]`).kind, 'value');
  });
});
