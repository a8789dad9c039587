import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';

import { systemClock } from '../../agent/support/clock';
import { HOST_RESULT, readHostLines } from '../support/vscode/host-suite';
import { installationFromEnvironment } from '../support/vscode/installation';
import { until } from '../support/vscode/until';
import { VSCode } from '../support/vscode/vscode';

describe('inside the extension host', () => {
  it('everything that VS Code offers to extensions works for Bulwark', async function () {
    const installation = installationFromEnvironment();
    const { hostSuiteVsix } = installation;
    if (hostSuiteVsix === undefined) this.skip();
    const folder = await mkdtemp(join(installation.temp, 'host-'));
    const result = join(folder, 'result.jsonl');
    const work = join(folder, 'work');
    await mkdir(work);
    const code = await VSCode.launch({
      installation,
      clock: systemClock,
      vsix: [installation.vsix, hostSuiteVsix],
      open: work,
      env: { BULWARK_HOME: join(folder, 'bulwark'), [HOST_RESULT]: result },
    });
    try {
      const lines = await until(
        'the suites to end',
        () => {
          const written = readHostLines(result);
          return written.at(-1)?.kind === 'ended' ? written : undefined;
        },
        { clock: systemClock, within: 240_000 },
      );
      for (const line of lines) if (line.kind === 'measured') console.log(`    ${line.what}`);
      assert.deepEqual(
        lines.filter((line) => line.kind === 'failed'),
        [],
      );
      assert.deepEqual(lines.at(-1), { kind: 'ended' });
      assert.ok(lines.length > 1, 'no test was run');
    } catch (error) {
      await code.screenshot('FAILED inside the extension host');
      throw error;
    } finally {
      await code.close();
      await rm(folder, { recursive: true, force: true });
    }
  });
});
