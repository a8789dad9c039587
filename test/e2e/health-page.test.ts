import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { PROTECTED, tellStory } from './story';

/** A server that is answered for by its own process, in a repository. */
const SETTINGS = JSON.stringify({
  components: { web: { kind: 'tcp', port: 1, title: 'Web server' } },
});

const THEMES = ['Light Modern', 'Dark High Contrast', 'Light High Contrast'];

describe('the health page in VS Code', () => {
  const story = tellStory({
    settings: { 'bulwark.autoProtect': 'always' },
    prepare: async (_repository, home) => {
      writeFileSync(join(home, 'bulwark.json'), SETTINGS, { mode: 0o600 });
      return undefined;
    },
  });

  it('shows charts of the machine, the worktrees, the components and the agent', async () => {
    const { code } = story();
    await code.statusBar.waitFor(PROTECTED);
    await code.quickInput.run('Bulwark: Show Health');
    await code.editors.waitForTab('Health');
    const page = code.webview;
    await page.waitFor('CPU');
    await page.waitFor('Age of Unsaved Changes');
    await page.waitFor('Delay of the Agent');
    await page.waitForLabel(/^CPU: \d+(\.\d)? % now/);
    await page.waitForLabel(/^Errors: .*Web server|^Errors: .*web/);
    await code.screenshot('health');
  });

  it('reads its values by the keyboard, and as a table', async () => {
    const { code } = story();
    const page = code.webview;
    await page.press(/^CPU:/, 'End');
    await page.waitFor(/^\d\d:\d\d:\d\d: \d+/);
    await page.click('Show CPU as a table');
    await page.waitFor('The highest value of each time');
    await code.screenshot('health, table');
  });

  it('goes back a week, remembers that, and comes back with the window', async () => {
    const { code } = story();
    await code.webview.choose('Last week');
    await code.webview.waitForChosen('Last week');
    await code.screenshot('health, week');
    await code.reload();
    await code.webview.waitForChosen('Last week');
    await code.webview.waitForLabel(/^CPU: /);
    assert.deepEqual(code.webview.errors(), []);
  });

  it('tells how the last week was, as a page', async () => {
    const { code } = story();
    await code.quickInput.run('Bulwark: Show Report…');
    await code.quickInput.pick('The last 7 days');
    await code.webview.waitFor('Mean time between failures');
    await code.webview.waitFor('What was down');
    await code.screenshot('report');
    await code.editors.selectTab('Health');
  });

  it('is readable in light and high contrast themes, as the views are', async () => {
    const { code } = story();
    await code.sideBar.open('Bulwark');
    for (const theme of THEMES) {
      await code.useTheme(theme);
      await code.webview.waitForLabel(/^CPU: /);
      await code.screenshot(`health, ${theme}`);
    }
  });
});
