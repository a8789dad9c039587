import type { ChildProcess } from 'node:child_process';
import { resolve } from 'node:path';
import { errnoOf, messageOf } from '../../support/errors';
import type { ProbeSpec } from '../../protocol/component-spec';
import { launch, signalGroup } from '../process/group';
import { down, UP, type ProbeContext, type ProbeOutcome } from './outcome';

type CommandSpec = Extract<ProbeSpec, { kind: 'command' }>;

/** What is kept of what it says; the rest is read and dropped. */
const KEPT_CHARS = 500;

/** Runs a command; its exit code tells. When its time is over, it is killed with all its children. */
export function probeCommand(
  spec: CommandSpec,
  { signal, folder }: ProbeContext,
): Promise<ProbeOutcome> {
  return new Promise((settle) => {
    let child: ChildProcess;
    try {
      child = launch({
        command: spec.command,
        cwd: resolve(folder, spec.cwd ?? '.'),
        env: spec.env ?? {},
      });
    } catch (error) {
      settle({ kind: 'unknown', why: messageOf(error) });
      return;
    }
    let said = '';
    const hear = (chunk: Buffer): void => {
      said = (said + chunk.toString('utf8')).slice(-KEPT_CHARS);
    };
    child.stdout?.on('data', hear);
    child.stderr?.on('data', hear);
    const finish = (outcome: ProbeOutcome): void => {
      signal.removeEventListener('abort', abort);
      // What it left running would hold the pipes, and run on for ever.
      if (child.pid !== undefined) signalGroup(child.pid, 'SIGKILL');
      child.stdout?.destroy();
      child.stderr?.destroy();
      settle(outcome);
    };
    const abort = (): void => finish(down('the command did not end in time'));
    child.once('error', (error) =>
      finish({
        kind: 'unknown',
        why:
          errnoOf(error) === 'ENOENT'
            ? `there is no program ${JSON.stringify(spec.command[0])}, or no folder to run it in`
            : messageOf(error),
      }),
    );
    child.once('exit', (code, killer) => {
      if (code !== null && (spec.okCodes ?? [0]).includes(code)) finish(UP);
      else {
        const last = said.trim().split('\n').at(-1) ?? '';
        const how =
          code === null ? `was ended by ${killer ?? 'a signal'}` : `exited with ${String(code)}`;
        finish(down(`the command ${how}${last === '' ? '' : `: ${last}`}`));
      }
    });
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort, { once: true });
  });
}
