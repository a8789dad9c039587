import type { AgentClient } from '../protocol/client';
import type { HealthStatus } from '../protocol/health-entities';
import { healthLines } from './health-view';
import { LiveScreen } from './live-screen';
import type { Run } from './run';
import { viewOf } from './view-context';

/** Asked again at least so often, and at most so often when much happens, ms. */
const IDLE_MS = 5_000;
const BURST_MS = 500;

/** Shows how everything is, again when something changes, until the user stops it or the agent leaves. */
export async function watchHealth(
  run: Run,
  client: AgentClient,
  first: HealthStatus,
): Promise<void> {
  const { stdout, env, clock } = run.environment;
  let wake = new AbortController();
  const tell = (): void => wake.abort();
  const subscriptions = [client.onEvent(tell), client.onClose(tell)];
  run.signal.addEventListener('abort', tell, { once: true });
  const isScreen = stdout.isTTY === true && env['TERM'] !== 'dumb';
  const screen = isScreen ? new LiveScreen(stdout, tell) : null;
  let status = first;
  let printed = '';
  const draw = (): void => {
    const lines = healthLines(status, viewOf(run));
    if (screen !== null)
      screen.draw([...lines, '', run.style.dim('Ctrl-C ends this view; the agent goes on.')]);
    else if (essence(status) !== printed) run.print(...lines, '');
    printed = essence(status);
  };
  const isOver = (): boolean => run.signal.aborted || !client.open;
  try {
    for (;;) {
      draw();
      await clock.sleep(IDLE_MS, wake.signal);
      if (isOver()) break;
      await clock.sleep(BURST_MS, run.signal);
      wake = new AbortController();
      if (isOver()) break;
      status = await client.call('health/status', {});
    }
  } finally {
    for (const subscription of subscriptions) subscription.dispose();
    screen?.close();
  }
  if (screen !== null) run.print(...healthLines(status, viewOf(run)));
  if (!client.open) run.note('The agent has left.');
}

/** What is worth a new line in a pipe: not every figure. */
function essence({ worst, worktrees, components, alerts }: HealthStatus): string {
  return JSON.stringify([
    worst,
    worktrees.map(({ path, state }) => [path, state]),
    components.map(({ id, state }) => [id, state.kind]),
    alerts.map(({ id, state, severity, acknowledged }) => [id, state, severity, acknowledged]),
  ]);
}
