import type { Locator, Page } from 'playwright-core';

import type { Clock } from '../../../agent/support/clock';
import { until } from './until';

/** The box at the top of the window: command palette, quick picks, input boxes. */
export class QuickInput {
  private readonly box: Locator;
  private readonly input: Locator;
  private readonly rows: Locator;

  constructor(
    private readonly page: Page,
    private readonly clock: Clock,
  ) {
    this.box = page.locator('.quick-input-widget:visible');
    this.input = this.box.locator('.quick-input-filter input, .quick-input-box input').first();
    this.rows = this.box.locator('.quick-input-list .monaco-list-row');
  }

  /**
   * Runs a command as a user does: opens the palette, types, picks. `command` is the whole line,
   * with its category. Waits until the command is offered, since extensions come in one by one.
   */
  async run(command: string): Promise<void> {
    await this.offer(command);
    await this.exactRow(command).click();
  }

  /** True when the palette offers the command now; the palette is closed again. */
  async offers(command: string): Promise<boolean> {
    await this.open(`>${command}`);
    await this.rows.first().waitFor();
    const offered = (await this.exactRow(command).count()) > 0;
    await this.cancel();
    return offered;
  }

  /** Waits for a quick pick whose title or placeholder contains `prompt`. */
  async waitForPrompt(prompt: string | RegExp, within = 30_000): Promise<void> {
    await until(
      `a pick that asks "${String(prompt)}"`,
      async () => {
        const asked = await this.prompt();
        return typeof prompt === 'string' ? asked.includes(prompt) : prompt.test(asked);
      },
      { clock: this.clock, within },
    );
  }

  /** Title and placeholder of what is open; empty when nothing is. */
  async prompt(): Promise<string> {
    if (!(await this.input.isVisible())) return '';
    const title = await this.box.locator('.quick-input-title').allInnerTexts();
    const placeholder = await this.input.getAttribute('placeholder');
    return [...title, placeholder ?? ''].join(' ');
  }

  /** What the open pick offers, one text an entry; waits for the first. */
  async entries(): Promise<string[]> {
    await this.rows.first().waitFor();
    const texts = await this.rows.allInnerTexts();
    return texts.map((text) => text.replace(/\s+/g, ' ').trim());
  }

  /** Waits until the first entry is this one: the one that Enter picks. */
  async waitForEntry(label: string): Promise<void> {
    await until(`${label} to come first`, async () => (await this.entries())[0]?.includes(label), {
      clock: this.clock,
      within: 30_000,
    });
  }

  /** Picks the first entry whose text matches. */
  async pick(entry: string | RegExp): Promise<void> {
    await this.rows.filter({ hasText: entry }).first().click();
  }

  /** Picks the entry with exactly this label. */
  async pickExactly(label: string): Promise<void> {
    await this.exactRow(label).click();
  }

  /** Marks entries of a pick that takes several. */
  async check(entry: string | RegExp): Promise<void> {
    await this.pick(entry);
  }

  /** Types into the open box, over what is in it. */
  async type(text: string): Promise<void> {
    await this.input.fill(text);
  }

  /** Presses Enter in the open box. */
  async accept(): Promise<void> {
    await this.input.press('Enter');
  }

  /** Closes whatever is open. */
  async cancel(): Promise<void> {
    await this.page.keyboard.press('Escape');
    await this.box.waitFor({ state: 'hidden' });
  }

  private async open(text: string): Promise<void> {
    await until(
      'the palette to open',
      async () => {
        if (!(await this.input.isVisible())) await this.page.keyboard.press('F1');
        await this.input.fill(text, { timeout: 2_000 });
        return true;
      },
      { clock: this.clock, within: 30_000 },
    );
  }

  private async offer(command: string): Promise<void> {
    await until(
      `the palette to offer "${command}"`,
      async () => {
        // Typed anew each time: an open list does not show a command that comes in later.
        await this.open('>');
        await this.open(`>${command}`);
        await this.exactRow(command).waitFor({ timeout: 2_000 });
        return true;
      },
      { clock: this.clock, within: 60_000 },
    );
  }

  private exactRow(wanted: string): Locator {
    const label = this.page.locator('.label-name', {
      hasText: new RegExp(`^${escapeRegExp(wanted)}$`),
    });
    return this.rows.filter({ has: label }).first();
  }
}

function escapeRegExp(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
