import type { Command } from 'commander';
import { listedJson } from '../json-shapes';
import { noLatest } from '../latest';
import { snapshotRef } from '../paths';
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
    .argument('<SNAPSHOT>', 'the beginning of an id, or "latest"')
    .option('--excluded', 'list everything that was left out, at most 1000')
    .action((text: string, { excluded = false }: { excluded?: boolean }) =>
      does(async () => {
        const snapshot = snapshotRef(text);
        const client = await run.connect();
        const path = run.environment.cwd;
        const details = await run
          .ask(client, 'snapshot/show', { snapshot, path })
          .catch(noLatest(snapshot, path));
        run.result(listedJson(details));
        run.print(...detailLines(details, excluded, viewOf(run)));
      }),
    );
}
