import type { Run } from './run';
import type { ViewContext } from './snapshot-view';

/** What a pipe is laid out for: wide enough for long paths. */
const PIPE_COLUMNS = 160;

/** How to show something on this run's standard output, now. */
export function viewOf(run: Run): ViewContext {
  const { stdout, clock, homedir } = run.environment;
  return {
    style: run.style,
    now: clock.now(),
    homedir,
    columns: stdout.isTTY === true ? (stdout.columns ?? 80) : PIPE_COLUMNS,
  };
}
