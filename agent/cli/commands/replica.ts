import type { Command } from 'commander';
import type { ReplicaInfo } from '../../protocol/replica-entities';
import { isoTime } from '../../support/clock';
import { EXIT } from '../failure';
import { displayPath, formatBytes, plural } from '../format';
import { absolutePath } from '../paths';
import { describeCommand, exampleText, jsonOption, type Registrar } from '../program';
import { replicaLines } from '../replica-view';
import type { Run } from '../run';

const LATER = 'What was copied stays; the rest is copied later, by itself.';

/** `bulwark replica add|remove|status|sync|verify` */
export function registerReplica(program: Command, { run, does }: Registrar): void {
  const replica = program
    .command('replica')
    .summary('Keep copies of the store on other disks')
    .description(
      'Keep copies of the store on other disks. With one of them and the recovery key everything can be restored on another machine.',
    )
    .addOption(jsonOption())
    .addHelpText(
      'after',
      exampleText([
        ['bulwark replica add /media/backup/bulwark', 'an empty folder on another disk'],
      ]),
    );

  describeCommand(replica, {
    name: 'add',
    summary: 'Make a folder a replica and copy everything there',
    more: 'The folder is empty or new, best on another disk or a mounted share. It is kept up to date from then on, and caught up with after it was unplugged.',
    examples: [['bulwark replica add /media/backup/bulwark', 'an empty folder on another disk']],
  })
    .argument('<folder>', 'folder of the replica')
    .action((given: string) =>
      does(async () => {
        const path = absolutePath(run.environment.cwd, given);
        const info = await run.ask(await run.connect(), 'replica/add', { path }, LATER);
        run.result(replicaJson(info));
        const { packs = 0, bytes = 0 } = info.holds ?? {};
        run.print(
          `${run.style.green('Replica added')}: ${shown(run, info.path)} holds ${plural(packs, 'pack')}, ${formatBytes(bytes)}`,
        );
        if (info.sameDisk)
          run.note('It is on the same disk as the store: if that breaks, both are gone.');
        run.note('Keep the recovery key apart from both: bulwark key export');
      }),
    );

  describeCommand(replica, {
    name: 'remove',
    summary: 'Forget a replica; what it holds stays',
    examples: [['bulwark replica remove /media/backup/bulwark', 'it is not written to any more']],
  })
    .argument('<folder>', 'folder of the replica')
    .action((given: string) =>
      does(async () => {
        const path = absolutePath(run.environment.cwd, given);
        await run.ask(await run.connect(), 'replica/remove', { path });
        run.result({ removed: path });
        run.print(`${shown(run, path)} is no replica any more. What it holds stays there.`);
      }),
    );

  describeCommand(replica, {
    name: 'status',
    summary: 'Show every replica and what it lacks',
    examples: [['bulwark replica status', 'which are there, and how far behind']],
  }).action(() =>
    does(async () => {
      show(run, await run.ask(await run.connect(), 'replica/status', {}));
    }),
  );

  describeCommand(replica, {
    name: 'sync',
    summary: 'Bring a replica, or all, up to date now',
    examples: [['bulwark replica sync', 'before a disk is unplugged']],
  })
    .argument('[folder]', 'folder of one replica')
    .action((given?: string) =>
      does(async () => {
        show(run, await run.ask(await run.connect(), 'replica/sync', only(run, given), LATER));
      }),
    );

  describeCommand(replica, {
    name: 'verify',
    summary: 'Read a replica, or all, back',
    more: 'A copy that is damaged is moved to its quarantine and made again from the store. Exits with 0 only when all copies are whole now.',
    examples: [['bulwark replica verify', 'reads every byte of every replica']],
  })
    .argument('[folder]', 'folder of one replica')
    .action((given?: string) =>
      does(async () => {
        const client = await run.connect();
        const answer = await run.ask(client, 'replica/verify', only(run, given));
        show(run, answer);
        const broken = answer.replicas.some(
          ({ verified }) => verified !== null && verified.damaged.length > verified.repaired.length,
        );
        return broken ? EXIT.failed : EXIT.ok;
      }),
    );
}

function only(run: Run, given: string | undefined): { path?: string } {
  return given === undefined ? {} : { path: absolutePath(run.environment.cwd, given) };
}

function show(run: Run, { replicas }: { replicas: readonly ReplicaInfo[] }): void {
  run.result({ replicas: replicas.map(replicaJson) });
  if (replicas.length === 0)
    run.print('There is no replica. Make one with: bulwark replica add DIR');
  for (const replica of replicas)
    run.print(
      ...replicaLines(replica, run.environment.homedir, run.environment.clock.now(), run.style),
    );
}

function shown(run: Run, path: string): string {
  return displayPath(path, run.environment.homedir);
}

/** A replica as commands print it: times in ISO 8601. */
function replicaJson({ verified, ...replica }: ReplicaInfo): object {
  return {
    ...replica,
    addedAt: isoTime(replica.addedAt),
    syncedAt: replica.syncedAt === null ? null : isoTime(replica.syncedAt),
    verified: verified === null ? null : { ...verified, at: isoTime(verified.at) },
  };
}
