import type { Locator, Page } from 'playwright-core';

import type { Menu } from './menu';
import { TreeView } from './tree-view';

/** The activity bar and the side bar that it opens. */
export class SideBar {
  private readonly bar: Locator;

  constructor(
    private readonly page: Page,
    private readonly menu: Menu,
  ) {
    this.bar = page.locator('.part.activitybar');
  }

  /** Opens a container of the activity bar, such as "Explorer", unless it is open. */
  async open(container: string): Promise<void> {
    const item = this.bar.locator('.action-item', {
      has: this.page.locator(`.action-label[aria-label^="${container}"]`),
    });
    await item.waitFor({ timeout: 60_000 });
    if ((await item.getAttribute('aria-selected')) === 'true') return;
    const checked = (await item.getAttribute('class'))?.split(/\s+/).includes('checked') ?? false;
    if (!checked) await item.click();
    await this.page.locator('.part.sidebar .composite.title', { hasText: container }).waitFor();
  }

  /** A view of the open container. */
  view(title: string): TreeView {
    return new TreeView(this.page, title, this.menu);
  }

  /** The first such row of the explorer; rows carry the names of files and folders. */
  explorerRow(name: string | RegExp): Locator {
    return this.explorerRows(name).first();
  }

  /** All such rows of the explorer. */
  explorerRows(name: string | RegExp): Locator {
    return this.page.locator('.explorer-folders-view .monaco-list-row').filter({ hasText: name });
  }

  /** Opens the context menu of a row of the explorer and picks an entry of it. */
  async explorerMenu(name: string | RegExp, entry: string): Promise<void> {
    await this.menu.pickFrom(() => this.explorerRow(name).click({ button: 'right' }), entry);
  }

  /** Drags the side bar's edge until the side bar is about `width` pixels wide. */
  async widen(width: number): Promise<void> {
    const box = await this.page.locator('.part.sidebar').boundingBox();
    if (box === null) throw new Error('the side bar is not shown');
    const y = box.y + box.height / 2;
    // The sash is a few pixels beside the edge in a layout with rounded parts.
    const sash = this.page.locator('.monaco-sash.vertical:not(.disabled)');
    const edges = await Promise.all((await sash.all()).map((one) => one.boundingBox()));
    const right = box.x + box.width;
    const edge = edges
      .filter((one) => one !== null)
      .sort((a, b) => Math.abs(a.x - right) - Math.abs(b.x - right))[0];
    if (edge === undefined) throw new Error('the side bar cannot be resized');
    await this.page.mouse.move(edge.x + edge.width / 2, y);
    await this.page.mouse.down();
    await this.page.mouse.move(box.x + width, y, { steps: 5 });
    await this.page.mouse.up();
  }
}
