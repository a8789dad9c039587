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

  /** Types a command line and waits until `done` sees that it did its work. */
  async run(command: string, done: () => boolean): Promise<void> {
    await this.page.locator('.terminal-wrapper.active .xterm').click();
    await this.page.keyboard.type(command);
    await this.page.keyboard.press('Enter');
    await until(`"${command}" to do its work`, done, { clock: this.clock, within: 60_000 });
  }

  /** What the terminal shows. */
  async text(): Promise<string> {
    const rows = await this.page.locator('.terminal-wrapper.active .xterm-rows').innerText();
    return rows.replace(/\u00a0/g, ' ');
  }
}
