import * as vscode from 'vscode';
import { plainLabel } from './names';
import type { Choice, ListRequest, Picked, PickRequest } from './ui';

interface Item<T> extends vscode.QuickPickItem {
  readonly choice?: Choice<T>;
}

type Box<T> = vscode.QuickPick<Item<T>>;

/** Asks for one of a list, with VS Code's own box. */
export function pick<T>(request: PickRequest<T>): Promise<Picked<T>> {
  const box = boxFor(request);
  // A preview opened from the list takes the focus for a moment.
  if (request.onChoose !== undefined) box.ignoreFocusOut = true;
  return show(box, request, async () => {
    const choice = box.selectedItems[0]?.choice;
    if (choice === undefined) return null;
    const next = (await request.onChoose?.(choice.value)) ?? 'close';
    if (next === 'close') return { value: choice.value };
    box.show();
    return null;
  });
}

/** Asks for several of a list; an empty choice leaves it open. */
export function pickSome<T>(
  request: ListRequest<T> & { marked(value: T): boolean },
): Promise<Picked<readonly T[]>> {
  const box = boxFor(request);
  box.canSelectMany = true;
  const mark = (): void => {
    box.selectedItems = box.items.filter(
      ({ choice }) => choice !== undefined && request.marked(choice.value),
    );
  };
  return show(
    box,
    request,
    () => {
      const value = box.selectedItems.flatMap(({ choice }) =>
        choice === undefined ? [] : [choice.value],
      );
      return Promise.resolve(value.length === 0 ? null : { value });
    },
    mark,
  );
}

function boxFor<T>(request: ListRequest<T>): Box<T> {
  const box = vscode.window.createQuickPick<Item<T>>();
  box.title = request.title;
  box.placeholder = request.placeholder;
  box.matchOnDescription = true;
  box.matchOnDetail = true;
  // Who is in the middle of several steps may look something up in the terminal before the next.
  box.ignoreFocusOut = request.step !== undefined;
  // “1/1” says nothing.
  if (request.step !== undefined && request.step[1] > 1) [box.step, box.totalSteps] = request.step;
  if (request.canGoBack) box.buttons = [vscode.QuickInputButtons.Back];
  return box;
}

/** Shows a box until something was chosen: `accepted` answers with it, or null to stay open. */
function show<T, R>(
  box: Box<T>,
  request: ListRequest<T>,
  accepted: () => Promise<{ readonly value: R } | null>,
  onFilled: () => void = () => undefined,
): Promise<Picked<R>> {
  const abort = new AbortController();
  return new Promise<Picked<R>>((resolve, reject) => {
    let settled = false;
    const settle = (act: () => void): void => {
      if (settled) return;
      settled = true;
      act();
      box.dispose();
    };
    const finish = (result: Picked<R>): void => {
      settle(() => {
        resolve(result);
      });
    };
    const fail = (error: unknown): void => {
      settle(() => {
        reject(error instanceof Error ? error : new Error(String(error)));
      });
    };
    box.onDidTriggerButton(() => {
      finish({ kind: 'back' });
    });
    box.onDidAccept(() => {
      accepted().then((chosen) => {
        if (chosen !== null) finish({ kind: 'chosen', value: chosen.value });
      }, fail);
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
      onFilled();
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
