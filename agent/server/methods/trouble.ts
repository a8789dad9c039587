import * as entities from '../../protocol/entities';
import type { Handlers } from '../../protocol/handlers';
import type { HardeningManager } from '../../manager/hardening-manager';
import type { ManagerEvent } from '../../manager/manager-event';
import { displayName } from '../../support/names';
import { summaryOf } from './convert';
import { alertOf } from './health-answers';
import { lossNotice } from './loss-notice';

type Trouble = Extract<ManagerEvent, { kind: 'trouble' }>['trouble'];

export type TroubleMethods = Pick<Handlers, 'trouble/report'>;

/** Answers to those who report that something is wrong. */
export function troubleMethods(manager: HardeningManager): TroubleMethods {
  return {
    'trouble/report': async (what) => {
      const trouble = await manager.report(what);
      const { kept, problem, source } = trouble;
      const alerts = manager.health.alerts.list().filter(({ phase, subject }) => {
        const isHere = subject.kind === 'worktree' ? subject.id === source.id : true;
        return isHere && phase.kind !== 'pending';
      });
      const losses = manager.losses.filter(({ record }) => record.source.id === source.id);
      return {
        notice: troubleNotice(trouble),
        kept: kept === null ? null : summaryOf(kept),
        problem,
        alerts: alerts.map(alertOf),
        losses: losses.map(lossNotice),
      };
    },
  };
}

/** What people are told. */
export function troubleNotice({ source, message, by, kept }: Trouble): entities.Notice {
  const place = displayName(source.path);
  return {
    id: `trouble-${kept?.id ?? source.id}`,
    severity: 'warning',
    message: `${displayName(by)} reports trouble in ${place}: ${displayName(message)}`,
    source: entities.sourceId.parse(source.id),
    action: null,
  };
}
