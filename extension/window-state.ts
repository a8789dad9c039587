import * as vscode from 'vscode';
import type { AgentState } from './agent-state';
import type { Clock } from './clock';
import type { Connection } from './connection';
import { ContextKeys } from './context-keys';
import type { HealthModel } from './health/health-model';
import type { Places } from './places';
import type { Disposable } from './signal';
import { StatusItem } from './status-item';
import { statusWords } from './status-words';
import type { StoreHealth } from './store-health';
import type { Ui } from './ui';
import type { Views } from './views';
import type { WindowWorktrees } from './window-worktrees';
import type { WorktreeModel } from './worktree-model';
import { needsPerson } from './worktree-words';

/** Health can change many times at once. */
const DRAW_MS = 150;

export interface WindowStateOptions {
  readonly connection: Pick<Connection, 'state' | 'onDidChangeState' | 'lookAgain'>;
  readonly model: WorktreeModel;
  readonly monitor: Pick<HealthModel, 'loaded' | 'onDidChange'>;
  readonly worktrees: WindowWorktrees;
  readonly health: Pick<StoreHealth, 'integrity' | 'onDidChange'>;
  readonly places: Places;
  readonly views: Pick<Views, 'refresh'>;
  readonly clock: Clock;
  /** How long after the first answer of the agent the window still counts as starting up. */
  readonly startUpMs: number;
  readonly ui: Ui;
  readonly folders: () => readonly string[];
  readonly onStartedUp: () => void;
  /** Called after start-up, and each time that folders or their trust change. */
  readonly onFoldersKnown: () => void;
}

/** Draws what is known into the window: views, status bar, context keys. */
export class WindowState implements Disposable {
  readonly #options: WindowStateOptions;
  readonly #status = new StatusItem();
  readonly #keys = new ContextKeys();
  readonly #disposables: Disposable[];
  #soon: { cancel(): void } | null = null;
  #startUp: { cancel(): void } | null = null;
  #startedUp = false;

  constructor(options: WindowStateOptions) {
    this.#options = options;
    const { connection, model, monitor, health } = options;
    this.#disposables = [
      this.#status,
      connection.onDidChangeState.on((state) => {
        this.#onState(state);
      }),
      model.onDidChange.on(() => {
        this.#draw();
        if (model.loaded) this.#awaitStartUp();
      }),
      health.onDidChange.on(() => {
        this.#draw();
      }),
      monitor.onDidChange.on(() => {
        this.#soon ??= options.clock.after(DRAW_MS, () => {
          this.#soon = null;
          this.#draw();
        });
      }),
      vscode.window.onDidChangeActiveTextEditor(() => {
        this.#drawKeys();
        this.#drawStatus();
      }),
      vscode.workspace.onDidChangeWorkspaceFolders(() => {
        void this.#readFolders();
      }),
      vscode.workspace.onDidGrantWorkspaceTrust(() => {
        if (this.#startedUp) options.onFoldersKnown();
      }),
      vscode.window.onDidChangeWindowState(({ focused }) => {
        if (focused) connection.lookAgain();
      }),
    ];
    this.#draw();
    void this.#readFolders();
  }

  dispose(): void {
    this.#startUp?.cancel();
    this.#soon?.cancel();
    for (const disposable of this.#disposables) disposable.dispose();
  }

  async #readFolders(): Promise<void> {
    await this.#options.places.setFolders(this.#options.folders());
    this.#draw();
    if (this.#startedUp) this.#options.onFoldersKnown();
  }

  #onState(state: AgentState): void {
    this.#draw();
    if (state.kind === 'failed') {
      this.#awaitStartUp();
      if (this.#startedUp) void this.#tellFailure(state.why);
    }
  }

  #awaitStartUp(): void {
    if (this.#startedUp) return;
    this.#startUp ??= this.#options.clock.after(this.#options.startUpMs, () => {
      this.#startedUp = true;
      const { connection, onStartedUp, onFoldersKnown } = this.#options;
      onStartedUp();
      onFoldersKnown();
      if (connection.state.kind === 'failed') void this.#tellFailure(connection.state.why);
    });
  }

  /** Without an agent nobody can say which window is to tell: the one that is looked at does. */
  async #tellFailure(why: string): Promise<void> {
    if (!vscode.window.state.focused) return;
    const message = `The Bulwark agent cannot be kept running, so nothing is being saved. ${why}`;
    const answer = await this.#options.ui.notify('error', message, ['Start Agent', 'Show Log']);
    if (answer === 'Start Agent') await vscode.commands.executeCommand('bulwark.startAgent');
    else if (answer === 'Show Log') await vscode.commands.executeCommand('bulwark.showLog');
  }

  #draw(): void {
    this.#drawKeys();
    this.#options.views.refresh();
    this.#drawStatus();
  }

  #drawKeys(): void {
    const { connection, model, monitor, worktrees } = this.#options;
    this.#keys.set({
      'bulwark.agent': connection.state.kind,
      'bulwark.connected': connection.state.kind === 'connected' && model.loaded,
      'bulwark.healthKnown': connection.state.kind === 'connected' && monitor.loaded,
      'bulwark.hasWorktrees': model.list.length > 0,
      'bulwark.folderProtected': worktrees.open().length > 0,
      'bulwark.canUndo': worktrees.lastRestore() !== null,
    });
  }

  #drawStatus(): void {
    const { connection, model, worktrees, health, folders, clock } = this.#options;
    const worktree = worktrees.current();
    this.#status.show(
      statusWords({
        agent: connection.state,
        loaded: model.loaded,
        worktree,
        hasFolder: folders().length > 0,
        troubledElsewhere: model.list.filter((one) => one !== worktree && needsPerson(one)).length,
        integrity: health.integrity,
        now: clock.now(),
      }),
    );
  }
}
