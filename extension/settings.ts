import * as vscode from 'vscode';
import type { NoticeLevel } from './notices';

/** What to do with an opened repository that nobody protects. */
export type AutoProtect = 'ask' | 'always' | 'never';

/** The settings, read at the moment they are needed: a change counts at once. */
export const settings = {
  autoStart: (): boolean => section().get<boolean>('autoStart', true),

  autoProtect(): AutoProtect {
    const value = section().get<string>('autoProtect', 'ask');
    return value === 'always' || value === 'never' ? value : 'ask';
  },

  notifications(): NoticeLevel {
    const value = section().get<string>('notifications', 'all');
    return value === 'errors' || value === 'off' ? value : 'all';
  },

  /** The folder with the agent's state, as it was typed; empty for the usual one. */
  home: (): string => section().get<string>('home', '').trim(),
};

function section(): vscode.WorkspaceConfiguration {
  return vscode.workspace.getConfiguration('bulwark');
}
