import type { Command } from 'commander';
import { displayName } from '../../support/names';
import { shortId } from '../format';
import { listedJson } from '../json-shapes';
import { namedSnapshot } from '../latest';
import { describeCommand, type Registrar } from '../program';

/** `bulwark pin SNAPSHOT [--reason TEXT]` */
export function registerPin(program: Command, { run, does }: Registrar): void {
  describeCommand(program, {
    name: 'pin',
    summary: 'Keep a snapshot until it is unpinned',
    more: 'Whatever its age, and however little room there is.',
    examples: [['bulwark pin latest --reason "before the migration"', 'the newest one here']],
  })
    .argument('<SNAPSHOT>', 'the beginning of an id, "latest", or source:NAME')
    .option('--reason <text>', 'why, for people')
    .action((snapshot: string, { reason }: { reason?: string }) =>
      does(async () => {
        const params = namedSnapshot(snapshot, run.environment.cwd);
        const pinned = await run.ask(
          await run.connect(),
          'snapshot/pin',
          reason === undefined ? params : { ...params, reason },
        );
        run.result(listedJson(pinned));
        run.print(
          `${run.style.green('Pinned')} ${run.style.bold(shortId(pinned.id))}: ${displayName(pinned.pinned ?? '')}`,
        );
      }),
    );
}

/** `bulwark unpin SNAPSHOT` */
export function registerUnpin(program: Command, { run, does }: Registrar): void {
  describeCommand(program, {
    name: 'unpin',
    summary: 'Let a pinned snapshot go when its time is over',
    examples: [['bulwark unpin 3f2a91', 'it is kept like any other from now on']],
  })
    .argument('<SNAPSHOT>', 'the beginning of an id, "latest", or source:NAME')
    .action((snapshot: string) =>
      does(async () => {
        const params = namedSnapshot(snapshot, run.environment.cwd);
        const unpinned = await run.ask(await run.connect(), 'snapshot/unpin', params);
        run.result(listedJson(unpinned));
        run.print(`${run.style.green('Unpinned')} ${run.style.bold(shortId(unpinned.id))}`);
      }),
    );
}
