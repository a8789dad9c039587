import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';

import type { Page } from 'playwright-core';

import type { Clock } from '../../../agent/support/clock';
import type { QuickInput } from './quick-input';
import { until } from './until';

/** The integrated terminal. */
export class Terminal {
  constructor(
    private readonly page: Page,
    private readonly quickInput: QuickInput,
    private readonly clock: Clock,
    /** A folder for the mark by which the end of a command is known. */
    private readonly folder: string,
  ) {}

  /** Opens a new terminal in the open folder and waits for its prompt. */
  async open(): Promise<void> {
    await this.quickInput.run('Terminal: Create New Terminal');
    await this.page.locator('.terminal-wrapper.active .xterm-rows').waitFor();
    await until('the prompt', async () => /[$#>%]\s*$/.test((await this.text()).trimEnd()), {
      clock: this.clock,
      within: 30_000,
    });
  }

  /** Types a command line, and waits until the shell has run it. */
  async run(command: string): Promise<void> {
    const mark = join(this.folder, 'command-done');
    await rm(mark, { force: true });
    await this.page.locator('.terminal-wrapper.active .xterm').click();
    await this.page.keyboard.type(`${command}; touch '${mark}'`);
    await this.page.keyboard.press('Enter');
    await until(`"${command}" to end`, () => existsSync(mark), {
      clock: this.clock,
      within: 60_000,
    });
  }

  /** What the terminal shows. */
  async text(): Promise<string> {
    const rows = await this.page.locator('.terminal-wrapper.active .xterm-rows').innerText();
    return rows.replace(/\u00a0/g, ' ');
  }
}
