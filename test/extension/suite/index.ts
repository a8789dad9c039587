import { runSuites } from '../../support/vscode/host-suite';

/** Runs the suites of this folder inside the extension host; rejects when a test fails. */
export function run(): Promise<void> {
  return runSuites(__dirname);
}
