import { createHash } from 'node:crypto';
import type { Settings } from '../settings';
import type { AuditTrail } from './audit-trail';
import { ownActor } from './own-actor';

const STARTED = 'agent/started';

/** Writes down that the agent has started, and whether its settings are others than the last time. */
export async function recordStart(
  trail: AuditTrail,
  { version, settings, home }: { version: string; settings: Settings; home: string },
): Promise<void> {
  const hash = createHash('sha256').update(JSON.stringify(settings), 'utf8').digest('hex');
  const [before] = (await trail.list({ action: STARTED, limit: 1 })).entries;
  const common = { phase: 'done', by: ownActor(), durationMs: null } as const;
  const known = before?.input['settings'];
  await trail.record({
    ...common,
    action: STARTED,
    why: null,
    target: home,
    input: { version, settings: hash },
    outcome: null,
  });
  if (known !== undefined && known !== hash)
    await trail.record({
      ...common,
      action: 'settings/changed',
      why: 'they are others than when the agent started before',
      target: home,
      input: { before: known, after: hash },
      outcome: null,
    });
}

/** Writes down that the agent leaves, and why. */
export async function recordEnd(trail: AuditTrail, why: string): Promise<void> {
  await trail.record({
    action: 'agent/left',
    phase: 'done',
    by: ownActor(),
    why,
    target: null,
    input: {},
    outcome: null,
    durationMs: null,
  });
}
