import * as vscode from 'vscode';
import { plainLabel } from './names';
import { progressWords } from './progress-words';
import type { Choice, Picked, PickRequest, Ui } from './ui';

const MENTION_MS = 6_000;

interface Item<T> extends vscode.QuickPickItem {
  readonly choice?: Choice<T>;
}

/** {@link Ui} with VS Code's own lists, dialogs and notifications. */
export const windowUi: Ui = {
  pick,

  async confirm({ message, detail, action }) {
    const answer = await vscode.window.showWarningMessage(message, { modal: true, detail }, action);
    return answer === action;
  },

  async progress(title, work) {
    return vscode.window.withProgress(
      { location: vscode.ProgressLocation.Notification, title, cancellable: true },
      async (progress, token) => {
        const abort = new AbortController();
        const subscription = token.onCancellationRequested(() => {
          abort.abort();
          progress.report({ message: 'Cancelling…' });
        });
        try {
          return await work((report) => {
            if (!abort.signal.aborted) progress.report({ message: progressWords(report) });
          }, abort.signal);
        } finally {
          subscription.dispose();
        }
      },
    );
  },

  async notify(severity, message, actions) {
    if (severity === 'error') return vscode.window.showErrorMessage(message, ...actions);
    if (severity === 'warning') return vscode.window.showWarningMessage(message, ...actions);
    return vscode.window.showInformationMessage(message, ...actions);
  },

  mention(message) {
    vscode.window.setStatusBarMessage(`$(check) ${plainLabel(message)}`, MENTION_MS);
  },
};

function pick<T>(request: PickRequest<T>): Promise<Picked<T>> {
  const box = vscode.window.createQuickPick<Item<T>>();
  const abort = new AbortController();
  box.title = request.title;
  box.placeholder = request.placeholder;
  box.matchOnDescription = true;
  box.matchOnDetail = true;
  // A preview opened from the list takes the focus for a moment.
  box.ignoreFocusOut = request.onChoose !== undefined;
  if (request.step !== undefined) [box.step, box.totalSteps] = request.step;
  if (request.canGoBack) box.buttons = [vscode.QuickInputButtons.Back];

  return new Promise<Picked<T>>((resolve, reject) => {
    let settled = false;
    const settle = (act: () => void): void => {
      if (settled) return;
      settled = true;
      act();
      box.dispose();
    };
    const finish = (result: Picked<T>): void => {
      settle(() => {
        resolve(result);
      });
    };
    const fail = (error: unknown): void => {
      settle(() => {
        reject(error instanceof Error ? error : new Error(String(error)));
      });
    };
    const choose = async (value: T): Promise<void> => {
      const next = request.onChoose === undefined ? 'close' : await request.onChoose(value);
      if (next === 'close') finish({ kind: 'chosen', value });
      else box.show();
    };
    box.onDidTriggerButton(() => {
      finish({ kind: 'back' });
    });
    box.onDidAccept(() => {
      const choice = box.selectedItems[0]?.choice;
      if (choice !== undefined) choose(choice.value).catch(fail);
    });
    box.onDidHide(() => {
      abort.abort();
      finish({ kind: 'cancelled' });
    });
    box.busy = true;
    box.show();
    request.choices(abort.signal).then((choices) => {
      if (settled) return;
      box.items = choices.flatMap((choice) => toItems(choice));
      if (choices.length === 0) box.placeholder = request.empty ?? 'There is nothing here.';
      box.busy = false;
    }, fail);
  });
}

function toItems<T>(choice: Choice<T>): Item<T>[] {
  const item: Item<T> = {
    label: plainLabel(choice.label),
    choice,
    ...(choice.icon === undefined ? {} : { iconPath: new vscode.ThemeIcon(choice.icon) }),
    ...(choice.description === undefined ? {} : { description: plainLabel(choice.description) }),
    ...(choice.detail === undefined ? {} : { detail: plainLabel(choice.detail) }),
  };
  if (choice.group === undefined) return [item];
  return [{ label: choice.group, kind: vscode.QuickPickItemKind.Separator }, item];
}
