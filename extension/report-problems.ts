import * as vscode from 'vscode';
import type { App } from './app';
import { describeProblem } from './problem';

/** Runs work for a person: what goes wrong is logged, and shown with what can be done about it. */
export async function reportProblems(
  app: Pick<App, 'log' | 'ui'>,
  what: string,
  work: () => Promise<void>,
): Promise<void> {
  try {
    await work();
  } catch (error) {
    app.log.error(
      `${what}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
    );
    const problem = describeProblem(error);
    if (problem === null) return;
    const { title, command } = problem.remedy;
    void app.ui.notify('error', problem.message, [title]).then((answer) => {
      if (answer !== undefined) void vscode.commands.executeCommand(command);
    });
  }
}
