'use strict';

const fs = require('node:fs');
const Mocha = require('mocha');

/**
 * Mocha's usual output, and the counts for whoever started the run.
 *
 * When BULWARK_TEST_REPORT names a file, one line of JSON is appended to it at the end of a run:
 * `{"passed": n, "failed": n, "skipped": ["title", …]}`. Several runs may write to the same file.
 */
class CountingReporter extends Mocha.reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    const file = process.env.BULWARK_TEST_REPORT;
    if (!file) return;
    const skipped = [];
    runner.on(Mocha.Runner.constants.EVENT_TEST_PENDING, (test) => skipped.push(test.fullTitle()));
    runner.once(Mocha.Runner.constants.EVENT_RUN_END, () => {
      const { passes, failures } = this.stats;
      const line = JSON.stringify({ passed: passes, failed: failures, skipped });
      fs.appendFileSync(file, `${line}\n`);
    });
  }
}

module.exports = CountingReporter;
