import type { Command } from 'commander';
import { changeLine, changeSummary } from '../change-view';
import { displayPath, formatAge, shortId } from '../format';
import { snapshotJson } from '../json-shapes';
import { namedSnapshot, noLatest } from '../latest';
import { diffSide, type DiffSide } from '../paths';
import { describeCommand, type Registrar } from '../program';
import type { ViewContext } from '../snapshot-view';
import { viewOf } from '../view-context';

/** `bulwark diff SNAPSHOT [SNAPSHOT|PATH]` */
export function registerDiff(program: Command, { run, does }: Registrar): void {
  describeCommand(program, {
    name: 'diff',
    summary: 'List what changed since a snapshot',
    more: 'Until another snapshot, a folder, or (with one argument) its worktree as it is now.',
    examples: [
      ['bulwark diff latest', 'what changed in this worktree since its newest snapshot'],
      ['bulwark diff 3f2a91 80b1', 'from one snapshot to another'],
      ['bulwark diff 3f2a91 ../other', 'from a snapshot to a folder'],
    ],
  })
    .argument('<SNAPSHOT>', 'the beginning of an id, "latest", or source:NAME')
    .argument('[TO]', 'a snapshot or a folder (write ./beef for a folder that looks like an id)')
    .action((from: string, text: string | undefined) =>
      does(async () => {
        const { cwd } = run.environment;
        const { snapshot, path } = namedSnapshot(from, cwd);
        const to: DiffSide | { readonly kind: 'worktree' } =
          text === undefined ? { kind: 'worktree' } : diffSide(cwd, text);
        const client = await run.connect();
        const answer = await run
          .ask(client, 'snapshot/diff', { snapshot, to, path })
          .catch(noLatest(snapshot, path));
        const { changes, total } = answer;
        run.result({ from: snapshotJson(answer.from), to, changes, total });
        const view = viewOf(run);
        run.print(
          `From ${run.style.bold(shortId(answer.from.id))} ` +
            `(${formatAge(answer.from.createdAt, view.now)}) to ${sideText(to, answer.from.worktree, view)}`,
        );
        run.print(...changes.map((change) => changeLine(change, run.style)));
        run.print(total === 0 ? 'No difference.' : changeSummary(changes, total));
      }),
    );
}

function sideText(
  to: DiffSide | { readonly kind: 'worktree' },
  worktree: string,
  { homedir }: ViewContext,
): string {
  switch (to.kind) {
    case 'snapshot':
      return to.snapshot;
    case 'path':
      return displayPath(to.path, homedir);
    case 'worktree':
      return `${displayPath(worktree, homedir)} as it is now`;
  }
}
