import type { FrameLocator, Page } from 'playwright-core';

/** The page that an extension shows in an editor: a page in a page in a page. */
export class Webview {
  readonly #frame: FrameLocator;
  readonly #refused: string[] = [];

  constructor(page: Page) {
    this.#frame = page.frameLocator('iframe.webview').frameLocator('iframe#active-frame');
    page.on('console', (message) => {
      if (message.text().includes('Content Security Policy')) this.#refused.push(message.text());
    });
  }

  /** Waits for text that is shown. */
  async waitFor(text: string | RegExp): Promise<void> {
    await this.#frame.getByText(text).first().waitFor();
  }

  /** Waits for something that a screen reader names so. */
  async waitForLabel(label: RegExp): Promise<void> {
    await this.#frame.getByRole('img', { name: label }).first().waitFor();
  }

  /** Goes to what a screen reader names so, by the keyboard, and presses a key there. */
  async press(label: RegExp, key: string): Promise<void> {
    const found = this.#frame.getByRole('img', { name: label }).first();
    await found.focus();
    await found.press(key);
  }

  /** Clicks the button that a screen reader names so. */
  async click(label: string): Promise<void> {
    await this.#frame.getByRole('button', { name: label }).click();
  }

  /** Chooses one of several. */
  async choose(label: string): Promise<void> {
    await this.#frame.getByRole('radio', { name: label }).check();
  }

  /** Waits until it is the one of several that is chosen. */
  async waitForChosen(label: string): Promise<void> {
    await this.#frame.getByRole('radio', { name: label, checked: true }).waitFor();
  }

  /** What a page was not allowed to do. */
  errors(): readonly string[] {
    return this.#refused;
  }
}
