import { appendFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bulwarkHome } from '../../../agent/protocol/discovery';
import { startFailureLine } from '../../../agent/protocol/start-failure';
import { AgentServer } from '../../../agent/server/agent-server';
import { systemClock } from '../../../agent/support/clock';
import { silentLog } from '../../../agent/support/log';
import { REFUSE_ALL } from '../server/harness';

/** An agent with a server and nothing else, for the tests of starting one. */
async function main(): Promise<void> {
  const home = bulwarkHome(process.env, '/nowhere');
  appendFileSync(join(home, 'starts.txt'), `${process.argv.slice(2).join(' ')}\n`);
  if (process.env['FAKE_AGENT'] === 'fails') {
    process.stderr.write('the store is locked by pid 1\n');
    process.exitCode = 1;
    return;
  }
  if (process.env['FAKE_AGENT'] === 'refuses') {
    const hint = 'Put the right key back.';
    process.stderr.write(
      `a warning\n${startFailureLine({ reason: 'wrong-key', message: 'not this key', hint })}\n`,
    );
    process.exitCode = 1;
    return;
  }
  if (process.env['FAKE_AGENT'] === 'hangs') {
    writeFileSync(join(home, 'pid.txt'), String(process.pid));
    await systemClock.sleep(600_000);
    return;
  }
  const server: AgentServer = new AgentServer({
    home,
    version: '9.9.9',
    handlers: REFUSE_ALL,
    clock: systemClock,
    log: silentLog,
    onDrain: () => server.close(),
  });
  await server.listen();
  await server.announce();
}

main().catch((error: unknown) => {
  process.stderr.write(String(error));
  process.exitCode = 1;
});
