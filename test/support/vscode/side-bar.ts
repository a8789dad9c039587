import type { Locator, Page } from 'playwright-core';

import { TreeView } from './tree-view';

/** The activity bar and the side bar that it opens. */
export class SideBar {
  private readonly bar: Locator;

  constructor(private readonly page: Page) {
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
    return new TreeView(this.page, title);
  }

  /** The explorer's file tree; its rows carry names of files and folders. */
  explorer(): Locator {
    return this.page.locator('.explorer-folders-view');
  }
}
