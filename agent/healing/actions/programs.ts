import type { ComponentRegistry } from '../../components/component-registry';
import { BulwarkError } from '../../support/errors';
import type { ActionMaker } from '../action';
import type { ActionName } from '../remedy';

/** A program that registered a component and says that it can do something about it. */
export interface RecoveringProgram {
  readonly name: string;
  /** Aborted when it is not connected any more. */
  readonly gone: AbortSignal;
  /** What it can be asked for. */
  readonly actions: readonly string[];
  /** @throws BulwarkError `program-gone`, `program-failed` … */
  recover(request: {
    readonly id: string;
    readonly action: string;
    readonly why: string;
    readonly limitMs: number;
    readonly signal: AbortSignal;
  }): Promise<void>;
}

/** How long a program may take, ms. */
const LIMIT_MS = 60_000;

/** The programs at the other ends of connections, by the component that they registered. */
export class RecoveringPrograms {
  readonly #programs = new Map<string, RecoveringProgram>();

  attach(component: string, program: RecoveringProgram): void {
    this.#programs.set(component, program);
  }

  /** The one that can be asked for `action` just now, or null. */
  find(component: string, action: string): RecoveringProgram | null {
    const program = this.#programs.get(component);
    if (program === undefined || program.gone.aborted) return null;
    return program.actions.includes(action) ? program : null;
  }
}

/** An action that only the program itself can do: it is asked. */
export function byRequest(
  action: ActionName,
  {
    programs,
    components,
    what,
  }: {
    readonly programs: RecoveringPrograms;
    readonly components: ComponentRegistry;
    readonly what: string;
  },
): ActionMaker {
  return async ({ subject, message }) => {
    const program = subject.kind === 'component' ? programs.find(subject.id, action) : null;
    if (program === null) return null;
    return {
      action,
      tier: 'automatic',
      explain: `Ask ${program.name} to ${what}`,
      touches: [subject.id],
      timeoutMs: LIMIT_MS,
      async apply({ signal }) {
        await program.recover({ id: subject.id, action, why: message, limitMs: LIMIT_MS, signal });
        components.measureAnew(subject.id);
      },
    };
  };
}

/** `reset_circuit_breaker`: half-open, never blindly closed; the next check decides. */
export function resetCircuitBreaker(components: ComponentRegistry): ActionMaker {
  return async ({ subject, trigger }) => {
    if (trigger !== 'circuit-open' && trigger !== 'asked') return null;
    const view = components
      .list()
      .find(({ id }) => subject.kind === 'component' && id === subject.id);
    if (view === undefined || view.circuit === 'closed') return null;
    return {
      action: 'reset_circuit_breaker',
      tier: 'automatic',
      explain: `Let one check of ${view.id} through; if it succeeds, all may`,
      touches: [view.id],
      timeoutMs: LIMIT_MS,
      async apply() {
        components.halfOpen(view.id);
        await components.check(view.id);
        if (components.view(view.id).circuit === 'open')
          throw new BulwarkError('recovery-refused', `the check of ${view.id} failed again`);
      },
    };
  };
}
