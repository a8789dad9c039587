import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { parseRecoveryKey, recoveryKey } from '../../../agent/repository/keys/keys-recovery';
import { BulwarkError } from '../../../agent/support/errors';

/** The message about a key that was typed wrongly. */
function complaint(typed: string): string {
  try {
    parseRecoveryKey(typed);
  } catch (error) {
    assert.ok(error instanceof BulwarkError, String(error));
    assert.equal(error.reason, 'wrong-key');
    return error.message;
  }
  throw new Error(`${typed} was taken`);
}

describe('a printed recovery key', () => {
  const master = Buffer.from('00112233445566778899aabbccddeeff'.repeat(2), 'hex');
  const printed = recoveryKey(master);
  const groups = printed.split('-');
  /** Another letter than the one that is there. */
  const other = (letter: string | undefined): string => (letter === 'Q' ? 'R' : 'Q');
  const withGroup = (number: number, group: string): string =>
    groups.map((old, i) => (i === number - 1 ? group : old)).join('-');

  it('gives back the key, however it is typed', () => {
    for (let i = 0; i < 50; i++) {
      const key = randomBytes(32);
      assert.deepEqual(parseRecoveryKey(recoveryKey(key)), key);
    }
    for (const typed of [
      printed.toLowerCase(),
      printed.replaceAll('-', ' '),
      printed.replaceAll('-', ''),
      `\n  ${printed.replaceAll('-', ' - ')}\n`,
      `${groups.slice(0, 7).join('-')}\n${groups.slice(7).join('-')}`,
    ])
      assert.deepEqual(parseRecoveryKey(typed), master);
  });

  it('with one wrong letter names its group', () => {
    for (let number = 1; number <= groups.length; number++) {
      const group = groups[number - 1] ?? '';
      const wrong = `${other(group[0])}${group.slice(1)}`;
      assert.match(complaint(withGroup(number, wrong)), new RegExp(`group ${String(number)} \\(`));
    }
  });

  it('with two wrong letters in one group, or two that were swapped, names the group', () => {
    const group = groups[4] ?? '';
    const wrong = `${other(group[0])}${group.slice(1, 3)}${other(group[3])}`;
    assert.match(complaint(withGroup(5, wrong)), /group 5 \(/);
    const at = groups.findIndex((one) => one[1] !== one[2]);
    const swapped = groups[at]?.replace(/^(.)(.)(.)/, '$1$3$2') ?? '';
    assert.match(complaint(withGroup(at + 1, swapped)), new RegExp(`group ${String(at + 1)} \\(`));
  });

  it('with a digit that no key has, a short group or a group too few says so', () => {
    assert.match(complaint(withGroup(3, 'AB0D')), /group 3 \(AB0D\) has a "0"/);
    assert.match(complaint(withGroup(9, 'ABC')), /group 9 \(ABC\) has 3 letters/);
    assert.match(complaint(groups.slice(1).join('-')), /52 letters in 13 groups; there must be 56/);
    assert.match(complaint(''), /0 letters/);
  });

  it('that is another one altogether says that several letters are wrong', () => {
    const reversed = [...groups].reverse().join('-');
    assert.match(complaint(reversed), /wrong/);
  });
});
