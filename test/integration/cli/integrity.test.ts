import assert from 'node:assert/strict';
import { z } from 'zod';
import { CliFixture } from '../../support/cli-fixture';

describe('bulwark, about the integrity of its store', () => {
  let fixture: CliFixture;

  beforeEach(async () => {
    fixture = await CliFixture.open();
  });

  afterEach(() => fixture.close());

  it('mends what is damaged when it is asked to, and tells the plan first', async () => {
    fixture.agent.script.verify = {
      ...fixture.agent.script.verify,
      ok: false,
      errors: [{ what: 'pack', where: 'p7', message: 'damaged', snapshots: [] }],
      repair: {
        id: 'plan-1',
        strays: 0,
        records: 1,
        packs: ['p7'],
        missingPacks: [],
        closedPacks: [],
        rebuildsCatalog: false,
        lost: 2,
        searched: ['/work/app'],
      },
    };
    assert.match((await fixture.run('verify')).stdout, /with: bulwark verify --repair/);
    const mended = await fixture.run('verify', '--repair');
    assert.equal(mended.code, 0);
    assert.match(mended.stdout, /To be done:\n {2}- copy what is whole in pack p7/);
    assert.match(mended.stdout, /look for 2 lost blobs .*\/work\/app\n/);
    assert.match(mended.stdout, /2 blobs read again from [^]*Everything is mended/);
    const { value } = await fixture.json('verify', '--repair');
    z.object({ repaired: z.object({ lost: z.literal(0) }) }).parse(value);
  });

  it('tries out the newest backups, and fails when one does not come back', async () => {
    const good = await fixture.run('drill');
    assert.equal(good.code, 0);
    assert.match(good.stdout, /^restored .*3f2a91c0d4/);
    assert.match(
      good.stdout,
      /5\.0 MiB back in 1\.2 s .*\n {2}git accepts its state\nEvery backup/,
    );
    const [source] = fixture.agent.script.drill.sources;
    assert.ok(source);
    const failed = { ...source, ok: false, problems: ['a.txt is not as it was'] };
    fixture.agent.script.drill = { ...fixture.agent.script.drill, ok: false, sources: [failed] };
    const bad = await fixture.run('drill', '--last');
    assert.equal(bad.code, 1);
    assert.match(bad.stdout, /FAILED[^]*problem a\.txt is not as it was/);
    const { code, value } = await fixture.json('drill');
    assert.equal(code, 1);
    z.object({ ok: z.literal(false), at: z.iso.datetime() }).parse(value);
  });

  it('shows how much is proven, and what is damaged until it is mended', async () => {
    assert.match((await fixture.run('status')).stdout, /^Integrity 100 %, proven byte by byte/m);
    const { value } = await fixture.json('store', 'stats');
    const shape = z.object({ integrity: z.object({ oldestProof: z.iso.datetime() }) });
    shape.parse(value);
  });
});
