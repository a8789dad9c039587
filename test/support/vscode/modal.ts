import type { Locator, Page } from 'playwright-core';

/** The modal dialog in the middle of the window. */
export class Modal {
  private readonly box: Locator;

  constructor(page: Page) {
    this.box = page.locator('.monaco-dialog-box');
  }

  /** Waits for a dialog and returns its message and detail. */
  async text(): Promise<string> {
    await this.box.waitFor();
    return this.box.locator('.dialog-message-container').innerText();
  }

  /** The dialog's buttons, in the order in which they are shown. */
  async buttons(): Promise<string[]> {
    await this.box.waitFor();
    return (await this.button().allInnerTexts()).map((text) => text.trim()).filter(Boolean);
  }

  /** Clicks a button by its exact text and waits until the dialog is gone. */
  async click(text: string): Promise<void> {
    await this.button().getByText(text, { exact: true }).click();
    await this.box.waitFor({ state: 'detached' });
  }

  /** True when a dialog is open now. */
  async isOpen(): Promise<boolean> {
    return (await this.box.count()) > 0;
  }

  private button(): Locator {
    return this.box.locator('.dialog-buttons .monaco-button');
  }
}
