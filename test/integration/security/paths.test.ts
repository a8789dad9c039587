import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, readFile, realpath, rm } from 'node:fs/promises';
import { symlink, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { readDiscovery } from '../../../agent/protocol/discovery';
import type { AgentClient } from '../../../agent/protocol/client';
import { KillableAgent } from '../../support/killable-agent';
import { doubtfulFields, pathPlaces, type PathPlace } from '../../support/path-places';
import { Bench, type RawClient } from '../server/harness';

/** Paths that lead nowhere or somewhere else than they seem to; each is refused wherever it is named. */
const NO_PATHS: Readonly<Record<string, (project: string) => string>> = {
  'leads up': (project) => `${project}/../../../etc`,
  'is relative': () => 'project',
  'is relative and leads up': () => '../../etc',
  'has a zero byte': (project) => `${project}/a\0b`,
  'is a name on a network': () => '\\\\server\\share',
  'is a device of Windows': () => '\\\\.\\PhysicalDrive0',
  'is a name that Windows reserves': () => 'CON',
  'has half of a character': (project) => `${project}/\ud800x`,
  'is a source beside a folder': () => 'source:../../x',
  'is longer than any path': () => `/${'a/'.repeat(5000)}`,
};
const LEADS_OUT = new Set(['leads up', 'is relative and leads up', 'has a zero byte']);
/** Real places that are not for everything. What reads may find nothing there; nothing is written. */
const DELICATE: Readonly<Record<string, (project: string) => string>> = {
  'is the root': () => '/',
  'is the home folder': () => homedir(),
  'is the agent’s own folder': (project) => join(project, '..', 'home'),
  'is a link that leads out': (project) => join(project, 'leads-out'),
  'is a device': () => '/dev/zero',
  'is a view of the system': () => '/proc/self/environ',
  'has a name that is too long': () => `/${'n'.repeat(5000)}`,
};
/** Of these the path says only where "latest" is looked up; the snapshot is named here. */
const NAMED_BY_ID = new Set([
  ...['snapshot/show.path', 'snapshot/diff.path', 'restore/plan.path'],
  ...['snapshot/pin.path', 'snapshot/unpin.path', 'snapshot/planDelete.path'],
]);
/** What may be asked about any folder of the user, and changes none. */
const HARMLESS = new Set(['component/suggest', 'component/register', 'component/revoke']);

describe('A path that a client names', function () {
  this.timeout(120_000);
  const bench = new Bench();
  let folder: string;
  let project: string;
  let snapshot: string;
  let agent: KillableAgent;
  let client: AgentClient;
  let raw: RawClient;
  let asked = 0;
  let places: readonly PathPlace[];

  before(async function () {
    if (process.platform === 'win32') this.skip();
    folder = await realpath(await mkdtemp(join(tmpdir(), 'bulwark-paths-')));
    project = join(folder, 'project');
    await mkdir(project);
    await writeFile(join(project, 'notes.txt'), 'weeks of work\n');
    await mkdir(join(folder, 'outside'));
    await writeFile(join(folder, 'outside', 'secret.txt'), 'of somebody else\n');
    await symlink(join(folder, 'outside'), join(project, 'leads-out'));
    agent = new KillableAgent(join(folder, 'home'));
    client = await agent.start();
    await client.call('worktree/protect', { path: project });
    snapshot = (await client.call('snapshot/create', { path: project })).id;
    places = pathPlaces({ path: project, snapshot });
    const discovery = await readDiscovery(agent.home);
    assert.ok(discovery !== null);
    raw = await bench.raw(discovery);
  });

  after(async () => {
    await bench.close();
    client.close();
    await agent.kill();
    await rm(folder, { recursive: true, force: true });
  });

  async function ask(method: string, params: object): Promise<{ reason: string | null }> {
    asked += 1;
    raw.received.length = 0;
    raw.request(asked, method, params);
    const { error } = await raw.answer(asked);
    return { reason: error === undefined ? null : (error.data?.reason ?? 'untyped') };
  }

  async function unharmed(): Promise<void> {
    assert.equal(
      await readFile(join(folder, 'outside', 'secret.txt'), 'utf8'),
      'of somebody else\n',
    );
    assert.deepEqual((await readdir(folder)).sort(), ['home', 'outside', 'project']);
    assert.deepEqual((await readdir(project)).sort(), ['leads-out', 'notes.txt']);
    assert.ok((await client.call('worktree/list', {})).worktrees.length > 0);
  }

  it('has a type that says so, wherever it is named', () => {
    assert.deepEqual(doubtfulFields(), ['recovery/plan.target', 'recovery/start.target']);
    assert.ok(places.length > 25);
  });

  for (const [what, trick] of Object.entries(NO_PATHS))
    it(`and that ${what} is refused by every method`, async () => {
      for (const place of places) {
        const named = `${place.method}${place.field}`;
        // Inside a snapshot every name is one that may be there, unless it leads out.
        if (place.inSnapshot && !LEADS_OUT.has(what)) continue;
        const { reason } = await ask(place.method, place.put(trick(project)));
        // A program’s data may be named where "latest" is looked up.
        if (NAMED_BY_ID.has(named) && trick(project).startsWith('source:')) continue;
        assert.notEqual(reason, null, named);
        assert.notEqual(reason, 'internal', named);
        assert.notEqual(reason, 'untyped', named);
      }
      await unharmed();
    });

  for (const [what, trick] of Object.entries(DELICATE))
    it(`and that ${what} is refused by what writes or reads all of it`, async () => {
      const folderBefore = await readdir('/');
      for (const place of places) {
        if (place.inSnapshot) continue;
        const named = `${place.method}${place.field}`;
        const { reason } = await ask(place.method, place.put(trick(project)));
        assert.notEqual(reason, 'internal', named);
        assert.notEqual(reason, 'untyped', named);
        if (reason !== null || NAMED_BY_ID.has(named) || HARMLESS.has(place.method)) continue;
        // A link out of the project leads to a folder of the user like any other.
        assert.ok(what.includes('link'), `${named} was done`);
      }
      assert.deepEqual(await readdir('/'), folderBefore);
      await unharmed();
    });
});
