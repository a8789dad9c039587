import type { ComponentRegistry } from '../components/component-registry';
import type { Clock } from '../support/clock';
import type { PreparedAction } from './action';
import { clearCache } from './actions/clear-cache';
import { dataActions, type DataActionsOptions } from './actions/data';
import { ownActions } from './actions/own-actions';
import { increaseResources, restartComponent, restartDependencies } from './actions/processes';
import { byRequest, resetCircuitBreaker, type RecoveringPrograms } from './actions/programs';
import type { ActionMaker } from './action';
import type { ActionShop } from './chooser';
import type { Incident } from './incident';

export interface ActionShopOptions extends DataActionsOptions {
  readonly components: ComponentRegistry;
  readonly clock: Clock;
  readonly programs: RecoveringPrograms;
  /** Folder that what is moved away lies in. */
  readonly quarantine: string;
  /** Remedies made for one fault, beside the actions that there are for any; best first. */
  remedies(incident: Incident): Promise<readonly PreparedAction[]>;
}

/** All actions. */
export function actionShop(options: ActionShopOptions): ActionShop {
  const { components, programs } = options;
  const data = dataActions(options);
  const request = { programs, components };
  return {
    makers: {
      ...data,
      restart_component: firstOf(
        restartComponent(options),
        byRequest('restart_component', { ...request, what: 'start it anew' }),
      ),
      restart_dependencies: restartDependencies(options),
      reset_connections: byRequest('reset_connections', {
        ...request,
        what: 'let go of its connections',
      }),
      reset_circuit_breaker: resetCircuitBreaker(components),
      clear_cache: clearCache(options),
      increase_resources: increaseResources(options),
      force_garbage_collection: firstOf(
        data.force_garbage_collection,
        byRequest('force_garbage_collection', { ...request, what: 'give back memory' }),
      ),
    },
    async particular(incident) {
      const remedies = await options.remedies(incident);
      return [...remedies, ...ownActions(options, incident)];
    },
  };
}

/** The first of these that applies. */
function firstOf(...makers: readonly (ActionMaker | undefined)[]): ActionMaker {
  return async (incident) => {
    for (const make of makers) {
      const action = await make?.(incident);
      if (action != null) return action;
    }
    return null;
  };
}
