import assert from 'node:assert/strict';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { refusePlace } from '../../../agent/protection/protected-places';
import { BulwarkError } from '../../../agent/support/errors';

describe('what is not protected as a whole', () => {
  const own = join(homedir(), '.bulwark');
  const refusals: readonly [string, string][] = [
    ['/', 'the root of the file system'],
    [homedir(), 'your home folder'],
    [own, "the folder of Bulwark's own state"],
    [join(own, 'store'), "the folder of Bulwark's own state"],
    ['/proc', 'a view of the system, not files'],
    ['/proc/self/fd', 'a view of the system, not files'],
    ['/sys', 'a view of the system, not files'],
  ];
  for (const [path, why] of refusals)
    it(`${path}: ${why}`, () => {
      assert.throws(
        () => refusePlace(path, own),
        (error) =>
          error instanceof BulwarkError &&
          error.reason === 'path-refused' &&
          error.message.includes(why),
      );
    });

  it('a folder beside them is protected', () => {
    for (const path of [join(homedir(), 'work'), '/procession', `${own}-project`])
      refusePlace(path, own);
  });
});
