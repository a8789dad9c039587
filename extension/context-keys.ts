import * as vscode from 'vscode';
import type { AgentState } from './agent-state';

/** Facts that the `when` and `enablement` clauses of package.json are written with. */
export interface ContextFacts {
  readonly 'bulwark.agent': AgentState['kind'];
  readonly 'bulwark.connected': boolean;
  readonly 'bulwark.healthKnown': boolean;
  readonly 'bulwark.hasWorktrees': boolean;
  readonly 'bulwark.folderProtected': boolean;
  readonly 'bulwark.canUndo': boolean;
}

/** Tells VS Code the facts that changed. */
export class ContextKeys {
  readonly #known = new Map<string, unknown>();

  set(facts: ContextFacts): void {
    for (const [key, value] of Object.entries(facts)) {
      if (this.#known.get(key) === value) continue;
      this.#known.set(key, value);
      void vscode.commands.executeCommand('setContext', key, value);
    }
  }
}
