import { InvalidArgumentError, type Command } from 'commander';
import type { AgentClient } from '../../protocol/client';
import type { Operation } from '../../protocol/entities';
import { BulwarkError } from '../../support/errors';
import { EXIT, usageError } from '../failure';
import { displayPath, formatAge, formatCount, shortenMiddle, shortId } from '../format';
import { operationJson } from '../json-shapes';
import { isInside } from '../paths';
import { resultLines } from '../plan-view';
import { describeCommand, type Registrar } from '../program';
import type { Run } from '../run';
import { tableLines } from '../table';
import { viewOf } from '../view-context';

/** `bulwark undo [OPERATION] [--list]` */
export function registerUndo(program: Command, { run, does }: Registrar): void {
  describeCommand(program, {
    name: 'undo',
    summary: 'Take the last restore back',
    more: 'The last one of this worktree or, outside of any worktree, of all.',
    examples: [
      ['bulwark undo', 'back to the state before the last restore'],
      ['bulwark undo --list', 'the restores of the past'],
    ],
  })
    .argument('[OPERATION]', 'id of a restore from --list', parseOperation)
    .option('--list', 'list restores and undos, newest first')
    .action((operation: string | undefined, { list = false }: { list?: boolean }) =>
      does(() => {
        if (list && operation !== undefined)
          throw usageError('give an OPERATION or --list, not both');
        return list ? showHistory(run) : undo(run, operation);
      }),
    );
}

async function undo(run: Run, named: string | undefined): Promise<number> {
  const client = await run.connect();
  const operation = named ?? (await lastOperationHere(run, client));
  const result = await run.ask(
    client,
    'restore/undo',
    { operation },
    'The undo was taken back: the files are as they were before it.',
  );
  run.result(result);
  run.print(...resultLines(result, 'Undone', viewOf(run)));
  return result.verified ? EXIT.ok : EXIT.failed;
}

/**
 * The newest restore (or undo, which can be undone, too) that is not one of another worktree:
 * several agents work side by side, and one must not undo what another restored.
 */
async function lastOperationHere(run: Run, client: AgentClient): Promise<string> {
  const { operations } = await run.ask(client, 'restore/history', { limit: 1000 });
  const { worktrees } = await run.ask(client, 'worktree/list', {});
  const here = innermost(
    worktrees.map(({ path }) => path),
    run.environment.cwd,
  );
  const open = operations.filter(({ undone, undo }) => !undone && undo !== null);
  const belongsHere = ({ target }: Operation): boolean => {
    if (here === null) return true;
    const owner = innermost(
      worktrees.map(({ path }) => path),
      target,
    );
    return owner === null || owner === here;
  };
  const found = open.find(belongsHere);
  if (found !== undefined) return found.id;
  const elsewhere = open[0];
  throw new BulwarkError('nothing-to-undo', 'nothing was restored here that could be undone', {
    hint:
      elsewhere === undefined
        ? 'See the restores of the past with: bulwark undo --list'
        : `The last restore was in ${elsewhere.target}. Undo that one with: bulwark undo ${elsewhere.id}`,
  });
}

/** The deepest of these folders that holds `path`, or null. */
function innermost(folders: readonly string[], path: string): string | null {
  return folders
    .filter((folder) => isInside(folder, path))
    .reduce<string | null>((best, f) => (best === null || f.length > best.length ? f : best), null);
}

async function showHistory(run: Run): Promise<number> {
  const client = await run.connect();
  const { operations } = await run.ask(client, 'restore/history', { limit: 100 });
  run.result({ operations: operations.map(operationJson) });
  if (operations.length === 0) {
    run.print('Nothing was restored yet.');
    return EXIT.ok;
  }
  const view = viewOf(run);
  run.print(
    ...tableLines(
      [
        { head: 'OPERATION' },
        { head: 'WHEN' },
        { head: 'WHAT' },
        { head: 'SNAPSHOT' },
        { head: 'WRITTEN', align: 'right' },
        { head: 'DELETED', align: 'right' },
        { head: 'TARGET' },
      ],
      operations.map((o) => [
        o.id,
        formatAge(o.at, view.now),
        o.undone ? `${o.kind}, undone` : o.kind,
        shortId(o.snapshot),
        formatCount(o.restored),
        formatCount(o.deleted),
        shortenMiddle(displayPath(o.target, view.homedir), 50),
      ]),
      view.style,
    ),
  );
  return EXIT.ok;
}

function parseOperation(text: string): string {
  if (text === '' || text.length > 64)
    throw new InvalidArgumentError('List the restores of the past with: bulwark undo --list');
  return text;
}
