import type { Page } from 'playwright-core';

import type { Clock } from '../../../agent/support/clock';
import { until } from './until';

/** The context menu that is open, or about to open. */
export class Menu {
  constructor(
    private readonly page: Page,
    private readonly clock: Clock,
  ) {}

  /** Opens a menu and leaves it open; gives what it offers. */
  async open(open: () => Promise<void>): Promise<string[]> {
    const items = this.page.locator('.context-view .action-item .action-label:visible');
    await until(
      'a menu to open',
      async () => {
        // Without a menu, Escape would end the selection of rows.
        if (await items.first().isVisible()) await this.page.keyboard.press('Escape');
        await open();
        await items.first().waitFor({ timeout: 3_000 });
        return true;
      },
      { clock: this.clock, within: 60_000 },
    );
    return (await items.allInnerTexts()).map((text) => text.trim()).filter(Boolean);
  }

  /** Clicks an entry of the menu that is open; again where VS Code leaves a click out. */
  async click(entry: string): Promise<void> {
    const item = this.page.locator('.context-view .action-item', { hasText: entry }).first();
    await item.waitFor({ timeout: 1_000 });
    await until(
      `${entry} to be taken from the menu`,
      async () => {
        if (await item.isVisible()) await item.click({ timeout: 1_000 });
        await item.waitFor({ state: 'hidden', timeout: 500 });
        return true;
      },
      { clock: this.clock, within: 10_000 },
    );
  }

  /** Closes the menu that is open. */
  async close(): Promise<void> {
    await this.page.keyboard.press('Escape');
    await this.page
      .locator('.context-view .action-item:visible')
      .first()
      .waitFor({ state: 'hidden' });
  }

  /**
   * Opens a menu and picks an entry. A tree that is drawn anew closes the menu of a row, and VS Code
   * leaves out clicks while a menu is new: as a person would, it is opened and clicked again.
   */
  async pickFrom(open: () => Promise<void>, entry: string): Promise<void> {
    const item = this.page.locator('.context-view .action-item', { hasText: entry }).first();
    let clicked = false;
    await until(
      `${entry} to be picked from a menu`,
      async () => {
        if (!(await item.isVisible())) {
          if (clicked) return true;
          await this.page.keyboard.press('Escape');
          await open();
          await item.waitFor({ timeout: 3_000 });
        }
        await item.click({ timeout: 1_000 });
        clicked = true;
        await item.waitFor({ state: 'hidden', timeout: 500 });
        return true;
      },
      { clock: this.clock, within: 60_000 },
    );
  }
}
