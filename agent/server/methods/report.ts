import { faultWords } from '../../manager/fault-words';
import type { HardeningManager } from '../../manager/hardening-manager';
import { reportOf } from '../../manager/report/reports';
import type { Handlers } from '../../protocol/handlers';

export type ReportMethods = Pick<Handlers, Extract<keyof Handlers, `manager/${string}`>>;

const WEEK_MS = 7 * 24 * 3_600_000;

/** Answers about how a time was. @param home folder with all of the agent's state */
export function reportMethods(manager: HardeningManager, home: string): ReportMethods {
  return {
    'manager/report': async ({
      to = manager.health.now.wall,
      from = Math.max(0, to - WEEK_MS),
    }) => {
      const { components, alerts, partial, ...report } = await reportOf(
        { ...partsOf(manager), home },
        { from, to },
      );
      return {
        ...report,
        components: [...components],
        alerts: alerts.map((one) => ({ ...one, title: faultWords(one.fault).title })),
        partial: [...partial],
      };
    },
  };
}

function partsOf({
  health,
  incidents,
  emergencies,
  healing,
  integrity,
  audit,
}: HardeningManager): Omit<Parameters<typeof reportOf>[0], 'home'> {
  return { health, incidents, emergencies, healing, integrity, audit };
}
