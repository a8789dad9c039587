import * as assert from 'node:assert/strict';
import { Places } from '../../../extension/places';
import { worktree } from './samples';

const asIs = (file: string): Promise<string> => Promise.resolve(file);

describe('which worktree a file is in', () => {
  const main = worktree({ path: '/code/shop', name: 'shop' });
  const nested = worktree({ path: '/code/shop/.worktrees/fix', name: 'fix' });
  const linux = new Places({ platform: 'linux', realpath: asIs });

  it('is the innermost one', () => {
    const place = linux.locate([main, nested], '/code/shop/.worktrees/fix/src/a.ts');
    assert.equal(place?.worktree.name, 'fix');
    assert.equal(place.path, 'src/a.ts');
  });

  it('is none for a neighbour whose name begins alike', () => {
    assert.equal(linux.locate([main], '/code/shop-old/a.ts'), null);
  });

  it('is the worktree itself for its own folder', () => {
    assert.equal(linux.locate([main], '/code/shop')?.path, '');
  });

  it('tells names apart by case on Linux, not on macOS and Windows', () => {
    assert.equal(linux.locate([main], '/code/Shop/a.ts'), null);
    const mac = new Places({ platform: 'darwin', realpath: asIs });
    assert.equal(mac.locate([main], '/code/Shop/Src/a.ts')?.path, 'Src/a.ts');
  });

  it('is found on Windows, whatever the case of the drive', () => {
    const windows = new Places({ platform: 'win32', realpath: asIs });
    const there = worktree({ path: 'C:\\code\\shop' });
    assert.equal(windows.locate([there], 'c:\\code\\shop\\src\\a.ts')?.path, 'src/a.ts');
    assert.equal(windows.onDisk('C:\\code\\shop', 'src/a.ts'), 'C:\\code\\shop\\src\\a.ts');
  });

  it('is found when the folder was opened through a link', async () => {
    const places = new Places({
      platform: 'linux',
      realpath: (file) => Promise.resolve(file.replace('/home/me/shop', '/code/shop')),
    });
    await places.setFolders(['/home/me/shop']);
    assert.equal(places.locate([main], '/home/me/shop/src/a.ts')?.path, 'src/a.ts');
    assert.equal(places.isOpen(main), true);
    assert.equal(places.isOpen(worktree({ path: '/code/other' })), false);
  });

  it('survives a folder that is not there', async () => {
    const places = new Places({
      platform: 'linux',
      realpath: () => Promise.reject(new Error('ENOENT')),
    });
    await places.setFolders(['/code/shop']);
    assert.equal(places.locate([main], '/code/shop/a.ts')?.path, 'a.ts');
  });

  it('has no path for a name that VS Code cannot spell', () => {
    assert.equal(linux.onDisk('/code/shop', 'caf\udce9'), null);
  });
});
