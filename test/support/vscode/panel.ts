import type { Page } from 'playwright-core';

/** The panel below the editors: output, problems, terminals. */
export class Panel {
  constructor(private readonly page: Page) {}

  /** Waits until the shown output contains `text`. */
  async waitFor(text: string): Promise<void> {
    // The editor draws blanks as no-break spaces.
    const drawn = text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replace(/ /g, '[ \\u00a0]');
    await this.page
      .locator('.part.panel .view-lines')
      .filter({ hasText: new RegExp(drawn) })
      .waitFor();
  }

  /** Waits for a row of a list, as of the problems, that matches. */
  async waitForRow(text: RegExp): Promise<void> {
    const rows = this.page.locator('.part.panel .monaco-list-row');
    await rows.filter({ hasText: text }).first().waitFor();
  }
}
