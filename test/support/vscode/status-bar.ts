import type { Locator, Page } from 'playwright-core';

/** The line at the bottom of the window. */
export class StatusBar {
  private readonly bar: Locator;

  constructor(page: Page) {
    this.bar = page.locator('.part.statusbar');
  }

  /** Waits for an item whose text matches, and returns the text. */
  async waitFor(text: string | RegExp): Promise<string> {
    const item = this.item(text);
    await item.waitFor();
    return (await item.innerText()).trim();
  }

  /** Waits until no item matches any more: what comes after it is new. */
  async waitGone(text: string | RegExp): Promise<void> {
    await this.item(text).waitFor({ state: 'hidden' });
  }

  /** Clicks an item. */
  async click(text: string | RegExp): Promise<void> {
    await this.item(text).click();
  }

  /** The texts of all items. */
  async items(): Promise<string[]> {
    const texts = await this.bar.locator('.statusbar-item:visible').allInnerTexts();
    return texts.map((text) => text.trim()).filter(Boolean);
  }

  private item(text: string | RegExp): Locator {
    return this.bar.locator('.statusbar-item:visible').filter({ hasText: text }).first();
  }
}
