import type { Handlers } from '../../protocol/handlers';
import type { HardeningManager } from '../../manager/hardening-manager';
import { drillReportOf } from './integrity-answers';

/** Answers about trying out restores. */
export function drillMethods({
  integrity,
}: HardeningManager): Pick<Handlers, 'drill/run' | 'drill/last'> {
  return {
    'drill/run': async ({ path }, { signal, progress }) =>
      drillReportOf(
        await integrity.drill(path ?? null, signal, (value) => {
          progress(value);
        }),
      ),
    'drill/last': () => {
      const { lastDrill } = integrity;
      return Promise.resolve({ drill: lastDrill === null ? null : drillReportOf(lastDrill) });
    },
  };
}
