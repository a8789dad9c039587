import type { Locator, Page } from 'playwright-core';

import type { Menu } from './menu';

/** The editor area: tabs, text and diffs. */
export class Editors {
  private readonly area: Locator;

  constructor(
    private readonly page: Page,
    private readonly menu: Menu,
  ) {
    this.area = page.locator('.part.editor');
  }

  /** Waits for a tab whose name matches, and returns its whole label. */
  async waitForTab(name: string | RegExp): Promise<string> {
    const tab = this.area.locator('.tab').filter({ hasText: name }).first();
    await tab.waitFor();
    return (await tab.getAttribute('aria-label')) ?? '';
  }

  /** Clicks a tab. */
  async selectTab(name: string | RegExp): Promise<void> {
    await this.area.locator('.tab').filter({ hasText: name }).first().click();
  }

  /** Waits until the shown text editor (or one side of a diff) contains `text`. */
  async waitForText(text: string): Promise<void> {
    // The editor draws blanks as no-break spaces.
    const pattern = new RegExp(
      text
        .split(' ')
        .map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
        .join('[ \\u00a0]'),
    );
    await this.area.locator('.view-lines').filter({ hasText: pattern }).first().waitFor();
  }

  /** Opens the context menu of the shown text and picks an entry of it. */
  async contextMenu(entry: string): Promise<void> {
    await this.menu.pickFrom(
      () => this.area.locator('.view-lines').last().click({ button: 'right' }),
      entry,
    );
  }

  /** Types into the shown text, and returns what VS Code says about it beside the cursor. */
  async typeInVain(text: string): Promise<string> {
    await this.area.locator('.view-lines').last().click();
    await this.page.keyboard.type(text);
    const message = this.page.locator('.monaco-editor-overlaymessage');
    await message.waitFor();
    return message.innerText();
  }

  /** Closes all editors. */
  async closeAll(): Promise<void> {
    const tabs = this.area.locator('.tab');
    while ((await tabs.count()) > 0) {
      await tabs.first().click({ button: 'middle' });
    }
  }

  /** Waits for a diff with at least one change in it. */
  async waitForDiff(): Promise<void> {
    await this.area.locator('.monaco-diff-editor').first().waitFor();
    await this.area
      .locator('.monaco-diff-editor .line-insert, .monaco-diff-editor .line-delete')
      .first()
      .waitFor();
  }

  /** Waits until the image preview has drawn a picture. */
  async waitForPicture(): Promise<void> {
    // An extension's editor is a page in a page in a page.
    await this.page
      .frameLocator('iframe.webview')
      .frameLocator('iframe#active-frame')
      .locator('img')
      .waitFor();
  }

  /** Everything that the editor area shows as text. */
  async text(): Promise<string> {
    return (await this.area.innerText()).replace(/\u00a0/g, ' ');
  }

  /** Waits until the editor area contains something matching. */
  async waitFor(text: string | RegExp): Promise<void> {
    await this.area.getByText(text).first().waitFor();
  }
}
