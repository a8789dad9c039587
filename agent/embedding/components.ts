import { z } from 'zod';
import type { ComponentId } from '../components/component-id';
import type { ComponentRegistry } from '../components/component-registry';
import { down, UP, type Probe, type ProbeOutcome } from '../components/probes/outcome';
import type { RecoveringPrograms } from '../healing/actions/programs';
import { componentName } from '../protocol/component-spec';
import { BulwarkError, messageOf } from '../support/errors';
import { displayName } from '../support/names';
import type { Healable, RecoveryRequest, Watchable } from './component';
import type { Owner } from './owner';

const WHY_LENGTH = 300;
const text = z.string().transform(oneLine);
const healthShape = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('up') }),
  z.object({ kind: z.literal('down'), why: text }),
  z.object({ kind: z.literal('unknown'), why: text }),
]);
const watchableShape = z.object({
  dependsOn: z.array(componentName).max(50).default([]),
  checkEveryMs: z.int().min(1_000).max(3_600_000).default(10_000),
  checkLimitMs: z.int().min(100).max(60_000).default(5_000),
});

export interface EmbeddedComponentsOptions {
  readonly registry: ComponentRegistry;
  readonly programs: RecoveringPrograms;
  readonly owner: Owner;
  /** Folder that stands for the program, absolute. */
  readonly home: string;
}

/** Objects of the program that all of this runs in, as components: watched, and asked to recover. */
export class EmbeddedComponents {
  readonly #options: EmbeddedComponentsOptions;
  /** By component: ends when it is unregistered, or can do something else from now on. */
  readonly #healable = new Map<ComponentId, AbortController>();

  constructor(options: EmbeddedComponentsOptions) {
    this.#options = options;
  }

  /** @throws BulwarkError `component-refused`, `component-exists`, `busy` */
  async watch(name: string, component: Watchable): Promise<void> {
    const { registry, owner, home } = this.#options;
    if (!componentName.safeParse(name).success)
      throw refused(`${JSON.stringify(name)} is no name of a component`);
    const parsed = watchableShape.safeParse(component);
    if (!parsed.success) throw refused(`${name}: ${z.prettifyError(parsed.error)}`);
    const { checkEveryMs: everyMs, checkLimitMs: timeoutMs, dependsOn } = parsed.data;
    const spec = { kind: 'heartbeat', everyMs, timeoutMs, dependsOn } as const;
    const origin = { kind: 'program', name: owner.name } as const;
    await registry.register({ spec, folder: home, origin }, name, owner, probeOf(component));
  }

  /** @throws BulwarkError `component-unknown` */
  heal(name: string, component: Healable): void {
    const { registry, programs, owner } = this.#options;
    const { id } = registry.view(name);
    this.#healable.get(id)?.abort();
    const replaced = new AbortController();
    this.#healable.set(id, replaced);
    programs.attach(id, {
      name: owner.name,
      gone: AbortSignal.any([owner.gone, replaced.signal]),
      actions: ACTIONS.filter((one) => one.can(component)).map(({ action }) => action),
      recover: async ({ action, why, limitMs, signal }) => {
        const asked = ACTIONS.find((one) => one.action === action);
        try {
          await asked?.run(component, { why, limitMs, signal });
        } catch (error) {
          throw new BulwarkError('program-failed', `${name} says: ${oneLine(messageOf(error))}`, {
            cause: error,
          });
        }
      },
    });
  }

  /** @throws BulwarkError `component-unknown` */
  async remove(name: string): Promise<void> {
    const { id } = this.#options.registry.view(name);
    await this.#options.registry.unregister(id);
    this.#healable.get(id)?.abort();
    this.#healable.delete(id);
  }
}

interface Action {
  readonly action: string;
  can(component: Healable): boolean;
  run(component: Healable, request: RecoveryRequest): void | Promise<void>;
}

/** What a component can be asked for, by the name that strategies have for it. */
const ACTIONS: readonly Action[] = [
  {
    action: 'restart_component',
    can: (component) => component.restart !== undefined,
    run: (component, request) => component.restart?.(request),
  },
  {
    action: 'reset_connections',
    can: (component) => component.resetConnections !== undefined,
    run: (component, request) => component.resetConnections?.(request),
  },
  {
    action: 'force_garbage_collection',
    can: (component) => component.freeMemory !== undefined,
    run: (component, request) => component.freeMemory?.(request),
  },
];

function probeOf(component: Watchable): Probe {
  return async ({ signal }) => {
    if (component.health === undefined) return { kind: 'unknown', why: 'it has no health()' };
    try {
      const answer: unknown = await component.health(signal);
      return answer === undefined ? UP : told(answer);
    } catch (error) {
      return down(oneLine(messageOf(error)));
    }
  };
}

function told(answer: unknown): ProbeOutcome {
  const parsed = healthShape.safeParse(answer);
  return parsed.success
    ? parsed.data
    : { kind: 'unknown', why: 'its health() gives something that is no health' };
}

function oneLine(message: string): string {
  const [line = ''] = message.split('\n', 1);
  return displayName(line).slice(0, WHY_LENGTH);
}

function refused(message: string): BulwarkError {
  return new BulwarkError('component-refused', message, {
    hint: 'docs/embedding.md tells what a component can be.',
  });
}
