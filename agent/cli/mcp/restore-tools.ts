import { z } from 'zod';
import type { Operation, RestorePlan, RestoreResult } from '../../protocol/entities';
import { isoTime } from '../../support/clock';
import { displayName } from '../../support/names';
import { shortId } from '../format';
import { shellWord } from '../paths';
import { isEmptyPlan, planLines } from '../plan-view';
import { PLAIN } from '../style';
import * as shapes from './shapes';
import { path, snapshot } from './snapshot-tools';
import { LOOKS, OVERWRITES, Refusal, tool, type ToolContext } from './tool';

/** So many steps of a plan are handed to a model; the counts are of all. */
const STEPS_SHOWN = 200;

const paths = z
  .array(z.string().min(1).max(8192))
  .min(1)
  .max(1000)
  .optional()
  .describe('only these files and folders, relative to the root of the worktree; all unless given');
const withGitState = z
  .boolean()
  .default(false)
  .describe('HEAD, index and branch go back too, not the files alone');

const result = {
  operation: z.string().nullable().describe('for undo_restore; null where nothing differed'),
  target: z.string(),
  written: z.int(),
  deleted: z.int(),
  verified: z.boolean().describe('everything written was read back and compared'),
  before: z.string().nullable().describe('the snapshot with the state just before'),
  notes: z.array(z.string()),
};

export const previewRestore = tool({
  name: 'preview_restore',
  title: 'Preview a restore',
  description:
    'What a restore of a snapshot would create, overwrite and delete. Changes nothing. Show it to the person before you restore.',
  input: { snapshot, path, paths, withGitState },
  output: {
    snapshot: shapes.snapshotShape,
    target: z.string(),
    creates: z.int(),
    overwrites: z.int(),
    deletes: z.int(),
    bytes: z.int(),
    steps: z.array(shapes.stepShape).describe(`the first ${String(STEPS_SHOWN)}`),
    git: z.array(
      z.object({ what: z.string(), from: z.string().nullable(), to: z.string().nullable() }),
    ),
    notes: z.array(z.string()),
  },
  annotations: LOOKS,
  run: async (args, context) => {
    const plan = await planOf(args, context);
    return {
      snapshot: shapes.snapshotFor(plan.snapshot),
      target: displayName(plan.target),
      creates: plan.creates,
      overwrites: plan.overwrites,
      deletes: plan.deletes,
      bytes: plan.bytes,
      steps: plan.steps.slice(0, STEPS_SHOWN).map(shapes.stepFor),
      git: plan.gitState.map(({ what, from, to }) => ({ what: displayName(what), from, to })),
      notes: plan.notes.map(displayName),
    };
  },
});

export const restore = tool({
  name: 'restore',
  title: 'Restore a snapshot',
  description:
    'Bring files of a snapshot back, over what is there now. The person is shown the plan and asked, unless the settings allow it. What is there now is kept first: undo_restore goes back to it. Give paths whenever a part is enough.',
  input: {
    snapshot,
    path,
    paths,
    withGitState,
    why: z.string().min(1).max(500).describe('why, for the person who is asked'),
  },
  output: result,
  annotations: OVERWRITES,
  run: async (args, context) => {
    const plan = await planOf(args, context);
    if (isEmptyPlan(plan))
      return {
        operation: null,
        target: displayName(plan.target),
        written: 0,
        deleted: 0,
        verified: true,
        before: null,
        notes: ['everything is as in this snapshot: nothing was changed'],
      };
    await agree(
      context,
      `${asks(context, args.why)}\n\n${planText(plan, context)}`,
      commandFor(plan, args),
    );
    return resultFor(await context.ask('restore/apply', { plan: plan.id }));
  },
});

export const undoRestore = tool({
  name: 'undo_restore',
  title: 'Undo a restore',
  description:
    'Go back to the state just before a restore. The person is asked, unless the settings allow it.',
  input: {
    operation: z.string().min(1).max(64).describe('of the restore, as its result told'),
    why: z.string().min(1).max(500).describe('why, for the person who is asked'),
  },
  output: result,
  annotations: OVERWRITES,
  run: async ({ operation, why }, context) => {
    const { operations } = await context.ask('restore/history', { limit: 1000 });
    const meant = operations.find(({ id }) => id === operation);
    if (meant?.undo == null)
      throw new Refusal(`there is no restore ${operation} that could be undone`);
    const question = `${asks(context, why)}\n\n${await undoText(meant, context)}`;
    await agree(context, question, `bulwark undo ${meant.id}`);
    return resultFor(await context.ask('restore/undo', { operation: meant.id }));
  },
});

type Asked = z.infer<z.ZodObject<(typeof previewRestore)['input']>>;

function planOf(
  { snapshot: ref, path: at, paths: only, withGitState: git }: Asked,
  { ask, cwd }: ToolContext,
): Promise<RestorePlan> {
  return ask('restore/plan', {
    snapshot: ref,
    path: at ?? cwd,
    ...(only === undefined ? {} : { paths: only }),
    withGitState: git,
  });
}

/**
 * Goes on when the settings or the person say so.
 * @throws Refusal with the command that a person can run, where nobody can be asked
 */
async function agree(context: ToolContext, question: string, command: string): Promise<void> {
  const { agent } = await context.ask('agent/status', {});
  if (agent.codingAgents?.restore === 'allow') return;
  switch (await context.person(question, 'Restore')) {
    case 'yes':
      return;
    case 'no':
      throw new Refusal('The person said no: nothing was changed. Do not ask again by other ways.');
    case 'nobody':
      throw new Refusal(
        `Restoring overwrites files, and this client cannot ask a person. Nothing was changed. Show the person what preview_restore tells, and this command: ${command}`,
      );
  }
}

function asks({ who }: ToolContext, why: string): string {
  return `${displayName(who)} wants to restore files: ${displayName(why)}`;
}

function planText(plan: RestorePlan, { now }: ToolContext): string {
  return planLines(plan, { style: PLAIN, now: now(), homedir: '', columns: 100 }).join('\n');
}

async function undoText(operation: Operation, context: ToolContext): Promise<string> {
  const { undo, target, at } = operation;
  const what = `Undo the ${operation.kind} of ${isoTime(at)} in ${displayName(target)}.`;
  if (undo === null) return what;
  const plan = await context.ask('restore/plan', { snapshot: undo, path: target });
  return `${what}\n\n${planText(plan, context)}`;
}

/** The same for a person at a terminal, who is asked there. */
function commandFor(plan: RestorePlan, { paths: only = [], withGitState: git }: Asked): string {
  const { id, worktree } = plan.snapshot;
  const parts = only.flatMap((part) => ['--path', shellWord(`${worktree}/${part}`)]);
  return ['bulwark restore', shortId(id), ...parts, ...(git ? ['--with-git-state'] : [])].join(' ');
}

function resultFor(done: RestoreResult): {
  operation: string;
  target: string;
  written: number;
  deleted: number;
  verified: boolean;
  before: string | null;
  notes: string[];
} {
  return {
    operation: done.operation,
    target: displayName(done.target),
    written: done.restored,
    deleted: done.deleted,
    verified: done.verified,
    before: done.undo,
    notes: done.notes.map(displayName),
  };
}
