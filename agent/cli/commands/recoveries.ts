import type { Command } from 'commander';
import type { RecoveryInfo } from '../../protocol/recovery-entities';
import { recoveryJson } from '../health-json';
import { describeCommand, type Registrar } from '../program';
import { recoveryLines, recoveryTable } from '../recovery-view';
import type { Run } from '../run';
import { userName } from '../user-name';
import { viewOf } from '../view-context';

/** `bulwark recoveries [list|show|undo]`, `bulwark approve`, `bulwark cancel` */
export function registerRecoveries(program: Command, registrar: Registrar): void {
  const { run, does } = registrar;
  const recoveries = describeCommand(program, {
    name: 'recoveries',
    summary: 'Show what was done about faults, and what waits for you',
    examples: [
      ['bulwark recoveries', 'the last ones'],
      ['bulwark recoveries show 3f2a', 'its steps, before and after, and why'],
      ['bulwark recoveries undo 3f2a', 'take back what it did'],
    ],
  }).action(() => does(() => list(run)));
  describeCommand(recoveries, {
    name: 'list',
    summary: 'Show the last recoveries',
    examples: [['bulwark recoveries list', 'newest first']],
  }).action(() => does(() => list(run)));
  registerOne(recoveries, registrar, {
    name: 'show',
    method: 'recovery/show',
    summary: 'Show one recovery with all that was seen and done',
  });
  registerOne(recoveries, registrar, {
    name: 'undo',
    method: 'recovery/undo',
    summary: 'Take back what a recovery did',
  });
  registerOne(program, registrar, {
    name: 'approve',
    method: 'recovery/approve',
    summary: 'Say yes to what a recovery proposes',
  });
  registerOne(program, registrar, {
    name: 'cancel',
    method: 'recovery/cancel',
    summary: 'Stop a recovery, or say no to it',
  });
}

async function list(run: Run): Promise<void> {
  const { recoveries, mode } = await run.ask(await run.connect(), 'recovery/list', {});
  run.result({ mode, recoveries: recoveries.map(recoveryJson) });
  if (recoveries.length === 0) run.print('Nothing had to be recovered yet.');
  else run.print(...recoveryTable(recoveries, viewOf(run)));
  if (mode !== 'autonomous') run.print(run.style.dim(`The mode is ${mode}.`));
}

interface OneOrder {
  readonly name: string;
  readonly method: 'recovery/show' | 'recovery/undo' | 'recovery/approve' | 'recovery/cancel';
  readonly summary: string;
}

function registerOne(
  parent: Command,
  { run, does }: Registrar,
  { name, method, summary }: OneOrder,
): void {
  const before = parent.name() === 'recoveries' ? 'recoveries ' : '';
  describeCommand(parent, {
    name,
    summary,
    examples: [[`bulwark ${before}${name} 3f2a`, 'by the beginning of its id']],
  })
    .argument('<RECOVERY>', 'the beginning of an id')
    .action((recovery: string) =>
      does(async () => {
        const client = await run.connect();
        const by = userName();
        const found: RecoveryInfo =
          method === 'recovery/show'
            ? await run.ask(client, method, { recovery })
            : await run.ask(client, method, { recovery, by });
        run.result(recoveryJson(found));
        run.print(...recoveryLines(found, viewOf(run)));
      }),
    );
}
