import { faultWords } from '../../manager/fault-words';
import type { HardeningManager } from '../../manager/hardening-manager';
import { reportOf } from '../../manager/report/reports';
import type { Handlers } from '../../protocol/handlers';

export type ReportMethods = Pick<Handlers, Extract<keyof Handlers, `manager/${string}`>>;

/** Answers about how a time was. @param home folder with all of the agent's state */
export function reportMethods(manager: HardeningManager, home: string): ReportMethods {
  return {
    'manager/report': async (period) => {
      const { components, alerts, partial, ...report } = await reportOf(manager, home, period);
      return {
        ...report,
        components: [...components],
        alerts: alerts.map((one) => ({ ...one, title: faultWords(one.fault).title })),
        partial: [...partial],
      };
    },
  };
}
