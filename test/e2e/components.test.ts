import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { PROTECTED, tellStory } from './story';

const SERVER = `console.log('the server listens');
console.error('a warning of the server');
setInterval(() => undefined, 60_000);
`;

/** A settings file as a repository could have one. */
function settings(port: unknown): string {
  const components = {
    web: { kind: 'process', command: ['node', 'server.mjs'], title: 'Web server' },
    cache: { kind: 'tcp', port },
  };
  return `${JSON.stringify({ components }, undefined, 2)}\n`;
}

describe('components in VS Code', () => {
  const story = tellStory({
    settings: { 'bulwark.autoProtect': 'always' },
    prepare: async ({ main }) => {
      writeFileSync(join(main, 'server.mjs'), SERVER);
      writeFileSync(join(main, 'bulwark.json'), settings(1));
      return undefined;
    },
  });

  it('wait for approval, which shows the file and what would run', async () => {
    const { code } = story();
    await code.statusBar.waitFor(PROTECTED);
    await code.sideBar.open('Bulwark');
    await code.sideBar.widen(420);
    const components = code.sideBar.view('Components');
    await components.show();
    await components.waitFor(/web shop.*waits for your approval/s);
    await components.waitFor(/Web server.*waits for your approval/s);
    assert.match(await components.spoken('Web server'), /Component Web server, process, waits/);
    await components.inlineAction(/web shop/, 'Review Component Settings…');
    const question = await code.modal.text();
    assert.match(question, /Let 2 components of web shop.bulwark\.json run\?/);
    assert.match(question, /Web server runs node server\.mjs/);
    assert.match(question, /cache connects to 127\.0\.0\.1:1/);
    await code.screenshot('components, approval');
    await code.modal.click('Approve');
    await code.editors.waitForTab('bulwark.json');
    await components.waitFor(/Web server.*up/s);
    await components.waitFor(/cache.*down/s);
    await code.screenshot('components');
  });

  it('show what they write, and are stopped and started', async () => {
    const { code } = story();
    const components = code.sideBar.view('Components');
    await components.contextMenu('Web server', 'Show Log of Component');
    await code.panel.waitFor('the server listens');
    await code.panel.waitFor('[error] a warning of the server');
    await code.screenshot('components, log');
    await code.quickInput.run('View: Toggle Panel Visibility');
    await components.contextMenu('Web server', 'Stop Component');
    await components.waitFor(/Web server.*stopped/s);
    await components.inlineAction('Web server', 'Start Component');
    await components.waitFor(/Web server.*up/s);
  });

  it('open in a terminal, in their folder', async () => {
    const { code, repository } = story();
    const components = code.sideBar.view('Components');
    await components.contextMenu('Web server', 'Open Component in Terminal');
    const made = join(repository.main, 'made here');
    await code.terminal.run('touch "made here"', () => existsSync(made));
    await code.quickInput.run('View: Toggle Panel Visibility');
  });

  it('whose settings have a mistake are named in the Problems panel', async () => {
    const { code, repository } = story();
    writeFileSync(join(repository.main, 'bulwark.json'), settings('none'));
    const components = code.sideBar.view('Components');
    await components.waitFor(/web shop.*1 mistake/s);
    await code.quickInput.run('Problems: Focus on Problems View');
    await code.panel.waitForRow(/cache\.port.*Bulwark/s);
    await code.screenshot('components, mistake');
    await code.quickInput.run('View: Toggle Panel Visibility');
  });

  it('are described in a file that Open Component Settings… makes', async () => {
    const { code, home } = story();
    await code.quickInput.run('Bulwark: Open Component Settings…');
    await code.quickInput.waitForPrompt('Choose whose components to describe');
    await code.quickInput.pickExactly('Your own');
    await code.editors.waitForText('"web": { "kind": "http"');
    assert.match(readFileSync(join(home, 'bulwark.json'), 'utf8'), /"components"/);
    await code.screenshot('components, own settings');
  });
});
