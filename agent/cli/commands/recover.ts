import type { Command } from 'commander';
import { existsSync, realpathSync } from 'node:fs';
import type { RecoveryInfo } from '../../protocol/recovery-entities';
import { EXIT } from '../failure';
import { recoveryJson } from '../health-json';
import { absolutePath } from '../paths';
import { describeCommand, type Registrar } from '../program';
import { planLines, recoveryLines } from '../recovery-view';
import type { Run } from '../run';
import { printable } from '../style';
import { userName } from '../user-name';
import { viewOf } from '../view-context';

interface Options {
  readonly action?: string;
  readonly dryRun?: boolean;
}

const LOOK_MS = 250;

/** `bulwark recover TARGET [--action A] [--dry-run]` */
export function registerRecover(program: Command, { run, does }: Registrar): void {
  describeCommand(program, {
    name: 'recover',
    summary: 'Have something recovered now',
    more: 'Waits for its end; exits with 0 when it is well, with 1 when it needs you. An action that you name counts as approved.',
    examples: [
      ['bulwark recover app/web --dry-run', 'what would be done, and why'],
      ['bulwark recover app/web', 'what helps most likely'],
      ['bulwark recover app/web --action clear_cache', 'just this'],
      ['bulwark recover machine --action emergency_shutdown', 'back up everything, then stop all'],
    ],
  })
    .argument('<TARGET>', 'a component, the path of a worktree, machine, agent or store')
    .option('-a, --action <action>', 'only this one (bulwark strategies)')
    .option('-n, --dry-run', 'show what would be done, and change nothing')
    .action((target: string, options: Options) => does(() => recover(run, target, options)));
}

async function recover(run: Run, name: string, { action, dryRun }: Options): Promise<number> {
  const client = await run.connect();
  const path = absolutePath(run.environment.cwd, name);
  const { components } = await run.ask(client, 'component/list', {});
  const isComponent = components.some(({ id }) => id === name);
  const target = !isComponent && existsSync(path) ? realpathSync(path) : name;
  const asked = { target, ...(action === undefined ? {} : { strategy: action }) };
  if (dryRun === true) {
    const { message, plans } = await run.ask(client, 'recovery/plan', asked);
    run.result({ message, plans });
    run.print(printable(message), 'Would be tried in this order, at most three:');
    for (const [place, plan] of plans.entries())
      run.print(
        `${String(place + 1)}. ${run.style.bold(plan.strategy)}`,
        ...planLines(plan, run.style),
      );
    return EXIT.ok;
  }
  let recovery = await run.ask(client, 'recovery/start', { ...asked, by: userName() });
  while (recovery.state === 'queued' || recovery.state === 'running') {
    await run.environment.clock.sleep(LOOK_MS, run.signal);
    if (run.signal.aborted) {
      recovery = await run.ask(client, 'recovery/cancel', {
        recovery: recovery.id,
        by: userName(),
      });
      break;
    }
    recovery = await run.ask(client, 'recovery/show', { recovery: recovery.id });
  }
  run.result(recoveryJson(recovery));
  run.print(...recoveryLines(recovery, viewOf(run)));
  return isWell(recovery) ? EXIT.ok : EXIT.failed;
}

function isWell({ state }: RecoveryInfo): boolean {
  return state === 'healed' || state === 'cleared';
}
