import assert from 'node:assert/strict';

import type { VSCode } from '../support/vscode/vscode';

/** What of a snapshot is restored, in the words of the picker. */
export type ScopeWords = 'Whole worktree' | 'Whole worktree and git state' | 'Folder…' | 'File…';

/**
 * Goes from the palette through worktree, snapshot and scope.
 * @param snapshot what the snapshot's line contains; the newest that matches is taken
 */
export async function beginRestore(
  code: VSCode,
  worktree: string,
  scope: ScopeWords,
  snapshot: string | RegExp = 'taken by hand',
): Promise<void> {
  const { quickInput } = code;
  await quickInput.run('Bulwark: Restore Snapshot…');
  await quickInput.waitForPrompt('Choose a worktree');
  await quickInput.pick(worktree);
  await quickInput.waitForPrompt('Choose a snapshot');
  await quickInput.pick(snapshot);
  await quickInput.waitForPrompt('Choose what to restore');
  await quickInput.pickExactly(scope);
}

/** In the plan's list: opens all changes in one editor and waits until they are drawn. */
export async function showPlan(code: VSCode): Promise<void> {
  await code.quickInput.waitForPrompt('Look at the changes');
  await code.quickInput.pickExactly('Show all changes');
  await code.editors.waitForTab(/Now ↔ after restore/);
  await code.editors.waitForDiff();
}

/**
 * In the plan's list: chooses Restore… and answers the one question.
 * @returns the question
 */
export async function agreeToRestore(
  code: VSCode,
  answer: 'Restore' | 'Cancel',
  look: () => Promise<unknown> = () => Promise.resolve(),
): Promise<string> {
  await code.quickInput.waitForPrompt('Look at the changes');
  await code.quickInput.pickExactly('Restore…');
  const question = await code.modal.text();
  assert.deepEqual((await code.modal.buttons()).sort(), ['Cancel', 'Restore']);
  await look();
  await code.modal.click(answer);
  return question;
}
