import type { Page } from 'playwright-core';

import type { Clock } from '../../../agent/support/clock';
import { until } from './until';

/** The context menu that is open, or about to open. */
export class Menu {
  constructor(
    private readonly page: Page,
    private readonly clock: Clock,
  ) {}

  /** Picks an entry. VS Code leaves out clicks while the menu is new, so until it is closed. */
  async pick(entry: string): Promise<void> {
    const item = this.page.locator('.context-view .action-item', { hasText: entry }).first();
    await item.waitFor();
    await until(
      `the menu to close after ${entry}`,
      async () => {
        if (!(await item.isVisible())) return true;
        await item.click({ timeout: 1_000 });
        await item.waitFor({ state: 'hidden', timeout: 500 });
        return true;
      },
      { clock: this.clock, within: 20_000 },
    );
  }
}
