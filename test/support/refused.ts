import assert from 'node:assert/strict';
import { BulwarkError, type Reason } from '../../agent/support/errors';

/** For `assert.rejects`: an error with this reason, whose message matches. */
export function refused(reason: Reason, pattern = /./): (error: unknown) => true {
  return (error) => {
    assert.ok(error instanceof BulwarkError, String(error));
    assert.equal(error.reason, reason, error.message);
    assert.match(error.message, pattern);
    return true;
  };
}
