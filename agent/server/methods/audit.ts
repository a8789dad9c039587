import type { HardeningManager } from '../../manager/hardening-manager';
import type { Handlers } from '../../protocol/handlers';

export type AuditMethods = Pick<Handlers, Extract<keyof Handlers, `audit/${string}`>>;

const LIST_LIMIT = 100;

/** Answers about the audit trail. */
export function auditMethods({ audit }: HardeningManager): AuditMethods {
  return {
    'audit/list': ({ limit = LIST_LIMIT, ...query }) => audit.list({ ...query, limit }),
    'audit/verify': async () => {
      const { entries, from, head, problems } = await audit.verify();
      return { entries, from, head, problems: problems.map((one) => ({ ...one })) };
    },
  };
}
