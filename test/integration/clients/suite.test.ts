import assert from 'node:assert/strict';
import type { Command } from '../../../clients/conformance/driver';
import { introduce, lacking, runScenario, SCENARIOS } from '../../../clients/conformance/suite';
import { World } from '../../../clients/conformance/world';
import { AGENT } from './conformance';

/** Says that it is connected, whatever is there. */
const TRUSTS_ANYTHING = `
  require('node:readline').createInterface({ input: process.stdin }).on('line', (line) => {
    const { id, do: what } = JSON.parse(line);
    const hello = { client: 'careless', version: '1', can: ['connect'] };
    console.log(JSON.stringify({ id, ok: what === 'hello' ? hello : { pid: 1 } }));
  });
`;

describe('The suite that tries out clients', () => {
  let world: World | null = null;

  afterEach(async () => {
    await world?.close();
    world = null;
  });

  async function open(command: Command): Promise<World> {
    world = await World.open(command, AGENT);
    return world;
  }

  it('finds out a client that trusts anything', async () => {
    const opened = await open([process.execPath, '-e', TRUSTS_ANYTHING]);
    const { can } = await introduce(opened);
    const tried = SCENARIOS.filter((scenario) => lacking(scenario, can).length === 0);
    const titles = tried.map(({ title }) => title);
    assert.ok(titles.includes('says that no agent runs where there is no discovery file'));
    assert.ok(!titles.includes('answers pings'), 'what it cannot do is not tried');
    for (const scenario of tried.filter(({ title }) => !title.startsWith('closes')))
      await assert.rejects(runScenario(opened, scenario), scenario.title);
  });

  it('says what is wrong with a client that does not speak its lines', async () => {
    const opened = await open([
      process.execPath,
      '-e',
      'console.log("hello"); setInterval(Date, 9)',
    ]);
    await assert.rejects(introduce(opened), /no line of the protocol: hello/);
  });

  it('says why a client has ended', async () => {
    const opened = await open([process.execPath, '-e', 'throw new Error("no luck")']);
    await assert.rejects(introduce(opened), /it ended before .*no luck/s);
  });
});
