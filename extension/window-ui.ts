import * as vscode from 'vscode';
import type { Progress } from '../agent/protocol/entities';
import type { Clock } from './clock';
import { plainLabel } from './names';
import { progressWords } from './progress-words';
import type { Ui } from './ui';
import { pick, pickSome } from './window-pick';

const MENTION_MS = 6_000;
/** Work that ends sooner shows no progress: a notification that flashes helps nobody. */
const QUICK_MS = 500;

/** {@link Ui} with VS Code's own lists, dialogs and notifications. */
export function windowUi(clock: Clock): Ui {
  return {
    pick,
    pickSome,

    async ask({ title, prompt, placeholder }) {
      const options = { title, prompt, placeHolder: placeholder, ignoreFocusOut: true };
      return (await vscode.window.showInputBox(options)) ?? null;
    },

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
