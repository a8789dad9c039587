import type { Locator, Page } from 'playwright-core';

/** The notifications, as toasts or in their list. */
export class Notifications {
  constructor(private readonly page: Page) {}

  /** Waits for a notification that contains `text` and returns its whole message. */
  async waitFor(text: string | RegExp, timeout = 60_000): Promise<string> {
    const item = this.item(text);
    await item.waitFor({ timeout });
    return item.locator('.notification-list-item-message').innerText();
  }

  /** Waits for a notification and clicks one of its buttons. */
  async click(text: string | RegExp, button: string, timeout = 60_000): Promise<void> {
    const item = this.item(text);
    await item.waitFor({ timeout });
    await item.locator('.monaco-button', { hasText: button }).first().click();
  }

  /** Waits until no such notification is shown. */
  async waitGone(text: string | RegExp): Promise<void> {
    await this.item(text).waitFor({ state: 'hidden' });
  }

  /** The messages that are shown now. */
  async shown(): Promise<string[]> {
    return this.page
      .locator('.notifications-toasts .notification-list-item-message:visible')
      .allInnerTexts();
  }

  private item(text: string | RegExp): Locator {
    const message = this.page.locator('.notification-list-item-message', { hasText: text });
    return this.page
      .locator('.notifications-toasts, .notifications-center')
      .locator('.notification-list-item:visible')
      .filter({ has: message })
      .first();
  }
}
