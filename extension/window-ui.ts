import * as vscode from 'vscode';
import type { Progress } from '../agent/protocol/entities';
import type { Clock } from './clock';
import { plainLabel } from './names';
import { progressWords } from './progress-words';
import type { Choice, Picked, PickRequest, Ui } from './ui';

const MENTION_MS = 6_000;
/** Work that ends sooner shows no progress: a notification that flashes helps nobody. */
const QUICK_MS = 500;

interface Item<T> extends vscode.QuickPickItem {
  readonly choice?: Choice<T>;
}

/** {@link Ui} with VS Code's own lists, dialogs and notifications. */
export function windowUi(clock: Clock): Ui {
  return {
    pick,

    async confirm({ message, detail, action }) {
      const options = { modal: true, detail };
      const answer = await vscode.window.showWarningMessage(message, options, action);
      return answer === action;
    },

    async progress(title, work) {
      const abort = new AbortController();
      const watched = new WatchedProgress();
      const result = work((progress) => {
        watched.set(progress);
      }, abort.signal);
      const ended = result.then(
        () => true,
        () => true,
      );
      if (await Promise.race([ended, clock.sleep(QUICK_MS).then(() => false)])) return result;
      return vscode.window.withProgress(
        { location: vscode.ProgressLocation.Notification, title, cancellable: true },
        (progress, token) => {
          watched.show((message) => {
            progress.report({ message });
          });
          token.onCancellationRequested(() => {
            abort.abort();
            // VS Code puts the notification away at once, while the work takes a moment to end.
            vscode.window.setStatusBarMessage(`$(loading~spin) Cancelling: ${title}`, ended);
          });
          return result;
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
}

/** The last progress of work that may not be shown yet. */
class WatchedProgress {
  #last: Progress | null = null;
  #say: (words: string) => void = () => undefined;

  set(progress: Progress): void {
    this.#last = progress;
    this.#say(progressWords(progress));
  }

  /** Says the last progress, and each that follows. */
  show(say: (words: string) => void): void {
    this.#say = say;
    if (this.#last !== null) say(progressWords(this.#last));
  }
}

function pick<T>(request: PickRequest<T>): Promise<Picked<T>> {
  const box = vscode.window.createQuickPick<Item<T>>();
  const abort = new AbortController();
  box.title = request.title;
  box.placeholder = request.placeholder;
  box.matchOnDescription = true;
  box.matchOnDetail = true;
  // A preview opened from the list takes the focus for a moment; and who is in the middle of several
  // steps may look something up in the terminal before the next.
  box.ignoreFocusOut = request.onChoose !== undefined || request.step !== undefined;
  // “1/1” says nothing.
  if (request.step !== undefined && request.step[1] > 1) [box.step, box.totalSteps] = request.step;
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
