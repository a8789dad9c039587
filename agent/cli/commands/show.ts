import type { Command } from 'commander';
import { listedJson } from '../json-shapes';
import { namedSnapshot, noLatest } from '../latest';
import { describeCommand, type Registrar } from '../program';
import { detailLines } from '../snapshot-view';
import { viewOf } from '../view-context';

/** `bulwark show SNAPSHOT [--excluded]` */
export function registerShow(program: Command, { run, does }: Registrar): void {
  describeCommand(program, {
    name: 'show',
    summary: 'Show a snapshot: what it holds, what was left out and why',
    examples: [
      ['bulwark show latest', 'the newest snapshot of this worktree'],
      ['bulwark show 3f2a91 --excluded', 'with everything that was left out'],
    ],
  })
    .argument('<SNAPSHOT>', 'the beginning of an id, "latest", or source:NAME')
    .option('--excluded', 'list everything that was left out, at most 1000')
    .action((text: string, { excluded = false }: { excluded?: boolean }) =>
      does(async () => {
        const { snapshot, path } = namedSnapshot(text, run.environment.cwd);
        const client = await run.connect();
        const details = await run
          .ask(client, 'snapshot/show', { snapshot, path })
          .catch(noLatest(snapshot, path));
        run.result(listedJson(details));
        run.print(...detailLines(details, excluded, viewOf(run)));
      }),
    );
}
