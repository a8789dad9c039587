import { constants } from 'node:os';
import type { Command } from 'commander';
import type { AgentClient } from '../../protocol/client';
import type { Change, SnapshotSummary } from '../../protocol/entities';
import { errnoOf } from '../../support/errors';
import { changeLine, changeSummary } from '../change-view';
import { EXIT, failureOf, reasonOf, usageError } from '../failure';
import { shortId } from '../format';
import { snapshotJson } from '../json-shapes';
import { planLines, resultLines } from '../plan-view';
import { describeCommand, type Registrar } from '../program';
import { canAsk, confirm } from '../prompt';
import { protectPaths } from '../protect-paths';
import type { ChildEnd } from '../environment';
import type { Run } from '../run';
import { viewOf } from '../view-context';

/** So many differences are listed; `bulwark diff` has all. */
const LISTED = 20;
const LABEL_LENGTH = 200;

/** What a guarded command did. */
interface Outcome {
  readonly after: SnapshotSummary | null;
  readonly changes: readonly Change[];
  readonly total: number;
  /** Why the state after it cannot be told, where it cannot. */
  readonly problem: string | null;
}

/** `bulwark guard -- COMMAND [ARGUMENTS…]` */
export function registerGuard(program: Command, { run, does }: Registrar): void {
  describeCommand(program, {
    name: 'guard',
    summary: 'Run a command with a snapshot before and after, and an offer to take it back',
    more:
      'For whatever may lose work: a script that tidies up, a code generator, an AI agent. ' +
      'The worktree of the current folder is protected if it is not yet. Ends with the exit code of COMMAND.',
    examples: [
      ['bulwark guard -- npm run clean', 'a script'],
      ['bulwark guard -- claude', 'a whole session of an agent'],
    ],
  })
    .argument('<COMMAND...>', 'the command and its arguments, after --')
    .action((command: string[]) => does(() => guard(run, command)));
}

async function guard(run: Run, words: readonly string[]): Promise<number> {
  const [name, ...args] = words;
  if (name === undefined) throw usageError('which command?', 'Write it after --');
  const client = await run.connect();
  const before = await snapshotBefore(run, client, labelOf('before', words));
  const losses: string[] = [];
  // Told when it has ended: it may have drawn over the whole screen.
  const listening = client.onEvent(({ event }) => {
    if (event.kind !== 'notice/raised' || event.notice.loss === undefined) return;
    if (event.notice.source === before.source) losses.push(event.notice.message);
  });
  run.note(`bulwark: kept as ${shortId(before.id)}; running ${words.join(' ')}`);
  const { cwd } = run.environment;
  const ended = await run
    .untilEnd(run.environment.runChild([name, ...args], { cwd, quietStdout: run.json }))
    .catch((error: unknown) => {
      if (errnoOf(error) !== 'ENOENT') throw error;
      throw usageError(`there is no command ${name}`, 'Nothing was run.');
    });
  const there = client.open ? client : await run.connect();
  const outcome = await lookAfter(there, before, labelOf('after', words));
  listening.dispose();
  tell(run, before, outcome, losses);
  const isGone =
    losses.length > 0 ||
    outcome.problem !== null ||
    outcome.changes.some(({ change }) => change === 'removed');
  const asks = isGone && !run.json && canAsk(run.environment) && !run.signal.aborted;
  const undone = asks && (await takeBack(run, there, before));
  run.result({
    command: words,
    ...ended,
    before: snapshotJson(before),
    after: outcome.after === null ? null : snapshotJson(outcome.after),
    changes: outcome.changes,
    total: outcome.total,
    losses,
    problem: outcome.problem,
  });
  if (isGone && !undone)
    run.note(`  To go back to before it: bulwark restore ${shortId(before.id)}`);
  return exitCodeOf(ended);
}

async function snapshotBefore(
  run: Run,
  client: AgentClient,
  label: string,
): Promise<SnapshotSummary> {
  const { cwd } = run.environment;
  const take = (): Promise<SnapshotSummary> =>
    run.ask(client, 'snapshot/create', { path: cwd, label }, 'The command was not run.');
  return await take().catch(async (error: unknown) => {
    if (reasonOf(error) !== 'not-protected') throw error;
    await protectPaths(run, client, [cwd]);
    return await take();
  });
}

/** What is different now. Never rejects: the command has run, and its exit code is what counts. */
async function lookAfter(
  client: AgentClient,
  before: SnapshotSummary,
  label: string,
): Promise<Outcome> {
  try {
    const after = await client.call('snapshot/create', { path: before.worktree, label });
    const to = { kind: 'snapshot', snapshot: after.id } as const;
    const { changes, total } = await client.call('snapshot/diff', { snapshot: before.id, to });
    return { after, changes, total, problem: null };
  } catch (error) {
    const { message, hint } = failureOf(error);
    const problem = hint === null ? message : `${message}. ${hint}`;
    return { after: null, changes: [], total: 0, problem };
  }
}

function tell(
  run: Run,
  before: SnapshotSummary,
  { changes, total, problem }: Outcome,
  losses: readonly string[],
): void {
  if (run.json) return;
  run.note(
    ...losses.map((loss) => `bulwark: ${loss}`),
    ...(problem === null ? [] : [`bulwark: what changed cannot be told: ${problem}`]),
  );
  if (problem !== null) return;
  if (total === 0) {
    run.note('bulwark: no file is different');
    return;
  }
  // What is gone is what people look for.
  const sorted = [...changes].sort(
    (a, b) => Number(b.change === 'removed') - Number(a.change === 'removed'),
  );
  run.note(
    `bulwark: ${changeSummary(changes, total)}`,
    ...sorted.slice(0, LISTED).map((change) => changeLine(change, run.style)),
    ...(total > LISTED ? [`  … all of them: bulwark diff ${shortId(before.id)}`] : []),
  );
}

/** Shows what going back would change, and does it when the user says yes. */
async function takeBack(run: Run, client: AgentClient, before: SnapshotSummary): Promise<boolean> {
  const plan = await run.ask(client, 'restore/plan', { snapshot: before.id });
  const view = viewOf(run);
  run.note('', ...planLines(plan, view));
  if (!(await confirm(run.environment, 'Take all of it back?', run.signal))) return false;
  const result = await run.ask(
    client,
    'restore/apply',
    { plan: plan.id },
    'The restore was taken back: the files are as the command left them.',
  );
  run.note(...resultLines(result, 'Taken back', view));
  return true;
}

function labelOf(when: string, words: readonly string[]): string {
  return `${when} ${words.join(' ')}`.slice(0, LABEL_LENGTH);
}

/** As shells have it: 128 + the number of the signal that ended it. */
function exitCodeOf({ code, signal }: ChildEnd): number {
  if (code !== null) return code;
  return signal === null ? EXIT.failed : 128 + constants.signals[signal];
}
