import type { Locator, Page } from 'playwright-core';

import type { Menu } from './menu';

/** One row of a tree, as it is shown. */
export interface TreeRow {
  /** 1 is the outermost. */
  readonly level: number;
  readonly label: string;
  readonly description: string;
  /** Undefined when it has no children. */
  readonly expanded: boolean | undefined;
}

/** A view in the side bar: its tree, its welcome content and the actions of its title. */
export class TreeView {
  private readonly pane: Locator;

  constructor(
    private readonly page: Page,
    private readonly title: string,
    private readonly menu: Menu,
  ) {
    this.pane = page.locator(`.pane:has(> .pane-header[aria-label^="${title}"])`);
  }

  /** Waits until the view is in the side bar, and opens it when it is folded. */
  async show(): Promise<void> {
    const header = this.pane.locator('.pane-header').last();
    await header.waitFor();
    if ((await header.getAttribute('aria-expanded')) === 'false') await header.click();
  }

  /** Folds the view, so that those below it have more room: rows out of sight are not drawn. */
  async fold(): Promise<void> {
    const header = this.pane.locator('.pane-header').last();
    await header.waitFor();
    if ((await header.getAttribute('aria-expanded')) === 'true') await header.click();
  }

  /** Waits for the first row whose text matches. */
  async waitFor(text: string | RegExp): Promise<void> {
    await this.row(text).waitFor();
  }

  /** Waits until the words beside the view's name match. */
  async waitForDescription(text: RegExp): Promise<void> {
    await this.pane.locator('.pane-header .description').filter({ hasText: text }).waitFor();
  }

  /** Waits until so many rows match. */
  async waitForCount(text: string | RegExp, count: number): Promise<void> {
    const matching = this.pane.locator('.monaco-list-row').filter({ hasText: text });
    if (count > 0) await matching.nth(count - 1).waitFor();
    await matching.nth(count).waitFor({ state: 'detached' });
  }

  /** Waits until no row matches. */
  async waitGone(text: string | RegExp): Promise<void> {
    await this.row(text).waitFor({ state: 'detached' });
  }

  /** The rows that are on the screen, from top to bottom. */
  async rows(): Promise<TreeRow[]> {
    const all = await this.pane.locator('.monaco-list-row').all();
    const rows = await Promise.all(
      all.map(async (row) => ({
        top: (await row.boundingBox())?.y ?? 0,
        level: Number(await row.getAttribute('aria-level')),
        label: (await row.locator('.label-name').first().innerText()).trim(),
        description: (await row.locator('.label-description').allInnerTexts()).join(' ').trim(),
        expanded: expandedOf(await row.getAttribute('aria-expanded')),
      })),
    );
    return rows
      .sort((a, b) => a.top - b.top)
      .map(({ level, label, description, expanded }) => ({ level, label, description, expanded }));
  }

  /** Opens a row that is folded. */
  async expand(text: string | RegExp): Promise<void> {
    const row = this.row(text);
    await row.waitFor();
    if ((await row.getAttribute('aria-expanded')) === 'true') return;
    await row.locator('.monaco-tl-twistie').click();
    await this.pane.locator('.monaco-list-row[aria-expanded="true"]', { hasText: text }).waitFor();
  }

  /** Clicks a row. */
  async click(text: string | RegExp): Promise<void> {
    await this.row(text).click();
  }

  /** Selects the rows that match, and no others. A click alone would unfold them. */
  async selectAll(text: string | RegExp, count: number): Promise<void> {
    await this.waitForCount(text, count);
    const selected = this.pane.locator('.monaco-list-row.selected');
    const others = selected.filter({ hasNotText: text });
    const missing = this.pane.locator('.monaco-list-row:not(.selected)').filter({ hasText: text });
    for (const rows of [others, missing])
      while ((await rows.count()) > 0)
        await rows.first().click({ modifiers: ['ControlOrMeta'], timeout: 5_000 });
  }

  /** Opens a row's context menu and picks an entry of it. */
  async contextMenu(text: string | RegExp, entry: string): Promise<void> {
    await this.menu.pickFrom(() => this.rightClick(text), entry);
  }

  /** Opens a row's context menu, leaves it open, and gives what it offers. */
  async openMenu(text: string | RegExp): Promise<string[]> {
    return this.menu.open(() => this.rightClick(text));
  }

  /** Texts of the rows that are selected. */
  async selected(): Promise<string[]> {
    return this.pane.locator('.monaco-list-row.selected').allInnerTexts();
  }

  /** Waits until a row that matches is selected. */
  async waitForSelected(text: string | RegExp): Promise<void> {
    await this.pane.locator('.monaco-list-row.selected').filter({ hasText: text }).waitFor();
  }

  /** Rests the mouse on a row and reads what comes up. */
  async tooltip(text: string | RegExp): Promise<string> {
    await this.row(text).hover();
    const hover = this.page.locator('.workbench-hover:visible').first();
    await hover.waitFor();
    return hover.innerText();
  }

  /** What a screen reader says about a row. */
  async spoken(text: string | RegExp): Promise<string> {
    return (await this.row(text).getAttribute('aria-label')) ?? '';
  }

  /** Clicks one of the icons that a row shows when the mouse is over it. */
  async inlineAction(text: string | RegExp, action: string): Promise<void> {
    const row = this.row(text);
    await row.hover();
    await row.locator(`.action-label[aria-label^="${action}"]`).click();
  }

  /** Clicks a button of the welcome content, which a view shows while it has no rows. */
  async welcomeButton(button: string): Promise<void> {
    await this.pane.locator('.welcome-view-content .monaco-button', { hasText: button }).click();
  }

  /** Waits until the welcome content says something, and returns all of it. */
  async waitForWelcome(text: string | RegExp): Promise<string> {
    const content = this.pane.locator('.welcome-view-content').filter({ hasText: text });
    await content.waitFor({ timeout: 60_000 });
    return content.innerText();
  }

  /** True when a button of the welcome content can be clicked; waits for the button. */
  async welcomeButtonEnabled(button: string): Promise<boolean> {
    const found = this.pane.locator('.welcome-view-content .monaco-button', { hasText: button });
    await found.waitFor();
    return (await found.getAttribute('aria-disabled')) !== 'true';
  }

  /** The name in the view's header. */
  get name(): string {
    return this.title;
  }

  /** @throws when the rows moved meanwhile, so that the menu may be of another one */
  private async rightClick(text: string | RegExp): Promise<void> {
    const row = this.row(text);
    await row.scrollIntoViewIfNeeded({ timeout: 5_000 });
    const before = await row.boundingBox();
    await row.click({ button: 'right', timeout: 5_000 });
    if (before?.y === (await row.boundingBox())?.y) return;
    await this.page.keyboard.press('Escape');
    throw new Error(`the rows have moved while ${String(text)} was clicked`);
  }

  private row(text: string | RegExp): Locator {
    return this.pane.locator('.monaco-list-row').filter({ hasText: text }).first();
  }
}

function expandedOf(value: string | null): boolean | undefined {
  return value === null ? undefined : value === 'true';
}
