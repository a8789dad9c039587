import { cp, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

import type { Browser, Page } from 'playwright-core';

import type { Clock } from '../../../agent/support/clock';
import { startBrowser } from './browser';
import { CodeServer } from './code-server';
import { Editors } from './editors';
import { type Installation, RUN_MARKER } from './installation';
import { processesMarked, stopAll } from './leftovers';
import { Menu } from './menu';
import { Modal } from './modal';
import { Notifications } from './notifications';
import { Panel } from './panel';
import { QuickInput } from './quick-input';
import { SideBar } from './side-bar';
import { StatusBar } from './status-bar';
import { Terminal } from './terminal';
import { Webview } from './webview';

/** What a window is opened with. */
export interface LaunchOptions {
  readonly installation: Installation;
  readonly clock: Clock;
  /** Extensions to install before the start. */
  readonly vsix: readonly string[];
  /** The folder or `.code-workspace` file that the window opens. */
  readonly open: string;
  /** More variables for the server, its extensions and its terminals. */
  readonly env?: Readonly<Record<string, string>>;
  readonly settings?: Readonly<Record<string, unknown>>;
  /** Ask whether the folder is trusted. Default: it is. */
  readonly askForTrust?: boolean;
}

const SETTINGS = {
  'chat.commandCenter.enabled': false,
  'chat.disableAIFeatures': true,
  'extensions.ignoreRecommendations': true,
  'git.openRepositoryInParentFolders': 'never',
  'security.workspace.trust.startupPrompt': 'always',
  'telemetry.telemetryLevel': 'off',
  'terminal.integrated.gpuAcceleration': 'off',
  'workbench.colorTheme': 'Default Dark Modern',
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'workbench.startupEditor': 'none',
  'workbench.tips.enabled': false,
} as const;

/** A real VS Code in a real browser, and the parts of its window. */
export class VSCode {
  readonly quickInput: QuickInput;
  readonly menu: Menu;
  readonly sideBar: SideBar;
  readonly statusBar: StatusBar;
  readonly notifications: Notifications;
  readonly modal: Modal;
  readonly editors: Editors;
  readonly panel: Panel;
  readonly terminal: Terminal;
  readonly webview: Webview;

  private constructor(
    readonly page: Page,
    private readonly server: CodeServer,
    private readonly browser: Browser,
    private readonly options: LaunchOptions,
    private readonly folder: string,
    private readonly windowMarker: string,
  ) {
    this.quickInput = new QuickInput(page, options.clock);
    const menu = new Menu(page, options.clock);
    this.menu = menu;
    this.sideBar = new SideBar(page, menu);
    this.statusBar = new StatusBar(page);
    this.notifications = new Notifications(page);
    this.modal = new Modal(page);
    this.editors = new Editors(page, menu);
    this.panel = new Panel(page);
    this.terminal = new Terminal(page, this.quickInput, options.clock);
    this.webview = new Webview(page);
  }

  /** Starts a server and a browser, opens the folder and waits for the workbench. */
  static async launch(options: LaunchOptions): Promise<VSCode> {
    const { installation, clock } = options;
    const folder = await mkdtemp(join(installation.temp, 'code-'));
    const started: (() => Promise<void>)[] = [() => rm(folder, { recursive: true, force: true })];
    try {
      const server = await CodeServer.start({
        installation,
        folder,
        settings: { ...SETTINGS, ...options.settings },
        vsix: options.vsix,
        askForTrust: options.askForTrust ?? false,
        env: { ...options.env, [RUN_MARKER]: installation.marker, [WINDOW_MARKER]: folder },
        clock,
      });
      started.unshift(() => server.close());
      const browser = await startBrowser(installation.chromium);
      started.unshift(() => browser.close());
      const code = new VSCode(await newPage(browser), server, browser, options, folder, folder);
      await code.open(options.open);
      return code;
    } catch (error) {
      for (const stop of started) await stop();
      throw error;
    }
  }

  /** Opens one more window of the same VS Code; it is closed with this one. */
  async openWindow(folder: string): Promise<VSCode> {
    const { server, browser, options, windowMarker } = this;
    const page = await newPage(browser);
    const other = new VSCode(page, server, browser, options, this.folder, windowMarker);
    await other.open(folder);
    return other;
  }

  /** Opens another folder in the same window, and waits for the workbench. */
  async open(folder: string): Promise<void> {
    // A busy machine takes its time to load all of the workbench.
    await this.page.goto(this.server.urlOf(folder), { waitUntil: 'commit', timeout: LOAD_MS });
    await this.#shown();
  }

  async #shown(): Promise<void> {
    await this.page.locator('.monaco-workbench').waitFor({ timeout: LOAD_MS });
    await this.page.locator('.part.activitybar .action-item').first().waitFor({ timeout: LOAD_MS });
    await this.page.locator('.part.statusbar .statusbar-item').first().waitFor();
  }

  /** Reloads the window by VS Code's own command, which keeps first what is open: a browser's does not wait for it. */
  async reload(): Promise<void> {
    const reloaded = this.page.waitForEvent('domcontentloaded', { timeout: LOAD_MS });
    await this.quickInput.run('Developer: Reload Window');
    await reloaded;
    await this.#shown();
  }

  /** Changes the colours of the window. @param theme its name in the list of themes */
  async useTheme(theme: string): Promise<void> {
    await this.quickInput.run('Preferences: Color Theme');
    await this.quickInput.waitForPrompt('Select Color Theme');
    await this.quickInput.type(theme);
    await this.quickInput.pick(theme);
  }

  /** Writes what the window shows to `<screenshots>/<name>.png`. */
  async screenshot(name: string): Promise<string> {
    await mkdir(this.options.installation.screenshots, { recursive: true });
    const path = join(this.options.installation.screenshots, `${name}.png`);
    await this.page.screenshot({ path, animations: 'disabled' });
    return path;
  }

  /**
   * Keeps what explains a failure: `<screenshots>/FAILED <name>.png`, and beside it a folder with
   * the logs of the server, of its extensions and of `home`, the agent's folder.
   */
  async keepEvidence(name: string, home: string): Promise<void> {
    const title = `FAILED ${name.replace(/[^\w ]/g, '')}`;
    await this.screenshot(title);
    await this.quickInput.run('Notifications: Show Notifications').catch(() => undefined);
    await this.screenshot(`${title}, notifications`);
    const logs = join(this.options.installation.screenshots, title);
    await cp(join(this.folder, 'server.log'), join(logs, 'server.log'), { force: true });
    await cp(join(this.folder, 'data', 'logs'), logs, { recursive: true });
    for (const entry of await readdir(home).catch(() => [])) {
      if (entry.endsWith('.log')) await cp(join(home, entry), join(logs, entry));
    }
  }

  /** Stops browser, server and whatever the extensions left running, and removes their files. */
  async close(): Promise<void> {
    await this.browser.close();
    await this.server.close();
    // Bulwark's agent outlives the windows by design.
    await stopAll(() => processesMarked(WINDOW_MARKER, this.windowMarker), {
      clock: this.options.clock,
      grace: 10_000,
    });
    await rm(this.folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

async function newPage(browser: Browser): Promise<Page> {
  const page = await browser.newPage({
    viewport: { width: 1280, height: 800 },
    locale: 'en-US',
    permissions: ['clipboard-read', 'clipboard-write'],
  });
  page.setDefaultTimeout(60_000);
  return page;
}

const LOAD_MS = 180_000;

/** In the environment of everything that one window started. */
const WINDOW_MARKER = 'BULWARK_E2E_WINDOW';
