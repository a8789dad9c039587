import type { ComponentView } from '../../components/component';
import type { ComponentRegistry } from '../../components/component-registry';
import { probeCommand } from '../../components/probes/command';
import { BulwarkError } from '../../support/errors';
import type { PreparedAction } from '../action';
import type { Incident } from '../incident';
import type { RecoveringPrograms } from './programs';

export interface OwnActionsOptions {
  readonly components: ComponentRegistry;
  readonly programs: RecoveringPrograms;
}

type OwnAction = NonNullable<ComponentView['spec']['recover']>[number];

/** What names an action of the user's own among all strategies and actions. */
const OWN = 'own:';
const TIMEOUT_MS = 60_000;

/** The actions that the settings of a component describe, in their order. */
export function ownActions(
  options: OwnActionsOptions,
  { subject, message }: Incident,
): PreparedAction[] {
  const view = options.components
    .list()
    .find(({ id }) => subject.kind === 'component' && id === subject.id);
  if (view === undefined || view.state.kind === 'unapproved') return [];
  return (view.spec.recover ?? []).flatMap((own) => {
    const apply = applyOf(options, view, own, message);
    if (apply === null) return [];
    const { name, title, command, method, tier = 'approval', timeoutMs = TIMEOUT_MS } = own;
    const how =
      command === undefined ? `ask its program for ${method ?? ''}` : `run ${command.join(' ')}`;
    return [
      {
        action: `${OWN}${name}`,
        tier,
        explain: `${title ?? name}: ${how}`,
        touches: [view.id],
        timeoutMs,
        apply,
      },
    ];
  });
}

function applyOf(
  { components, programs }: OwnActionsOptions,
  { id, folder }: ComponentView,
  { command, method, undo, timeoutMs = TIMEOUT_MS }: OwnAction,
  why: string,
): PreparedAction['apply'] | null {
  if (method !== undefined) {
    const program = programs.find(id, method);
    if (program === null) return null;
    return async ({ signal }) => {
      await program.recover({ id, action: method, why, limitMs: timeoutMs, signal });
      components.measureAnew(id);
    };
  }
  if (command === undefined) return null;
  return async ({ signal, keep }) => {
    if (undo !== undefined) await keep({ kind: 'command', component: id, command: undo });
    await runCommand({ command, folder, signal });
    components.measureAnew(id);
  };
}

/** Runs a command of the user's. @throws BulwarkError `recovery-refused` when it does not exit with 0 */
export async function runCommand({
  command,
  folder,
  signal,
}: {
  readonly command: readonly string[];
  readonly folder: string;
  readonly signal: AbortSignal;
}): Promise<void> {
  const outcome = await probeCommand(
    { kind: 'command', command: [...command] },
    { folder, signal },
  );
  if (outcome.kind !== 'up') throw new BulwarkError('recovery-refused', outcome.why);
}
