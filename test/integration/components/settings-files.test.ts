import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Approvals } from '../../../agent/components/approvals';
import { SettingsFiles } from '../../../agent/components/settings-files';
import { systemClock } from '../../../agent/support/clock';
import { silentLog } from '../../../agent/support/log';

const TCP = { kind: 'tcp', port: 5432 };

describe('settings files', () => {
  let folder: string;
  let home: string;
  let repo: string;
  let files: SettingsFiles;
  beforeEach(async () => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'bulwark-settings-')));
    home = join(folder, 'home');
    repo = join(folder, 'my app');
    mkdirSync(home);
    mkdirSync(repo);
    files = await open();
  });
  afterEach(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  const open = async (): Promise<SettingsFiles> =>
    new SettingsFiles({
      home,
      approvals: await Approvals.load(join(home, 'approved.json')),
      log: silentLog,
      clock: systemClock,
    });
  const write = (at: string, components: object): void => {
    writeFileSync(join(at, 'bulwark.json'), JSON.stringify({ components }));
  };
  const approved = async (): Promise<Record<string, boolean>> => {
    const definitions = (await files.refresh([repo])) ?? [];
    return Object.fromEntries(
      definitions.map(({ id, origin }) => [id, origin.kind === 'settings' && origin.approved]),
    );
  };

  it('of the user count at once; those of a repository wait for approval', async () => {
    write(home, { db: TCP });
    write(repo, { web: TCP });
    assert.deepEqual(await approved(), { db: true, 'my-app/web': false });
    assert.equal(await files.refresh([repo]), null, 'nothing changed');
  });

  it('are approved for the very content, also by the next agent', async () => {
    write(repo, { web: TCP });
    await files.refresh([repo]);
    const [view] = files.list();
    assert.ok(view !== undefined && view.foreign && !view.approved);
    await files.approve(view.file, view.hash);
    assert.deepEqual(await approved(), { 'my-app/web': true });

    files = await open();
    assert.deepEqual(await approved(), { 'my-app/web': true });
    write(repo, { web: { kind: 'process', command: ['rm', '-rf', '/'] } });
    assert.deepEqual(await approved(), { 'my-app/web': false });
  });

  it('are not approved when they changed since the user has seen them', async () => {
    write(repo, { web: TCP });
    await files.refresh([repo]);
    const [view] = files.list();
    assert.ok(view !== undefined);
    write(repo, { web: { kind: 'process', command: ['evil'] } });
    await assert.rejects(files.approve(view.file, view.hash), { reason: 'component-refused' });
    await assert.rejects(files.approve('/etc/bulwark.json', view.hash), { reason: 'path-missing' });
    assert.deepEqual(await approved(), { 'my-app/web': false });
  });

  it('of two folders with the same name do not mix', async () => {
    const other = join(folder, 'other', 'my app');
    mkdirSync(other, { recursive: true });
    write(repo, { web: TCP });
    write(other, { web: TCP });
    const definitions = (await files.refresh([repo, other])) ?? [];
    const ids = definitions.map(({ id }) => String(id));
    assert.equal(ids[0], 'my-app/web');
    assert.match(ids[1] ?? '', /^my-app-[0-9a-f]{6}\/web$/);
  });

  it('that are broken, too large or a folder are told of, and go away when they are mended', async () => {
    mkdirSync(join(repo, 'bulwark.json'));
    await files.refresh([repo]);
    assert.equal(files.list()[0]?.problems.length, 1);
    rmSync(join(repo, 'bulwark.json'), { recursive: true });
    writeFileSync(join(repo, 'bulwark.json'), Buffer.alloc(2 * 1024 * 1024, 0x20));
    await files.refresh([repo]);
    assert.match(files.list()[0]?.problems[0]?.message ?? '', /1 MiB/);
    write(repo, { web: TCP });
    await files.refresh([repo]);
    assert.deepEqual(files.list()[0]?.problems, []);
    rmSync(join(repo, 'bulwark.json'));
    assert.deepEqual(await files.refresh([repo]), []);
  });
});
