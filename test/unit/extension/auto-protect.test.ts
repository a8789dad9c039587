import * as assert from 'node:assert/strict';
import { AutoProtecting } from '../../../extension/auto-protect';
import type { AutoProtect } from '../../../extension/settings';
import { ScriptedUi } from './scripted-ui';

describe('an opened repository that nobody protects', () => {
  let ui: ScriptedUi;
  let asked: readonly string[];
  let protectedFolders: string[];

  beforeEach(() => {
    ui = new ScriptedUi([]);
    asked = [];
    protectedFolders = [];
  });

  const open = (folders: readonly string[], setting: AutoProtect): AutoProtecting =>
    new AutoProtecting({
      ui,
      setting: () => setting,
      unprotected: () => folders,
      exists: (file) => Promise.resolve(file === '/code/shop/.git'),
      asked: {
        get: () => asked,
        set: (next) => {
          asked = next;
          return Promise.resolve();
        },
      },
      protect: (folder) => {
        protectedFolders.push(folder);
        return Promise.resolve();
      },
    });

  it('is asked about once, and protected when the person agrees', async () => {
    ui.action = 'Protect';
    await open(['/code/shop'], 'ask').check();
    assert.deepEqual(protectedFolders, ['/code/shop']);
    assert.equal(ui.notifications.length, 1);
  });

  it('is not asked about again when the question was put away', async () => {
    await open(['/code/shop'], 'ask').check();
    await open(['/code/shop'], 'ask').check();
    assert.equal(ui.notifications.length, 1);
    assert.deepEqual(protectedFolders, []);
  });

  it('is protected without a question when the person set it so', async () => {
    await open(['/code/shop/src'], 'always').check();
    assert.deepEqual(protectedFolders, ['/code/shop/src']);
    assert.equal(ui.notifications.length, 0);
  });

  it('is left alone when the person set it so, and where there is no repository', async () => {
    await open(['/code/shop'], 'never').check();
    await open(['/code/other'], 'always').check();
    assert.deepEqual(protectedFolders, []);
  });
});
