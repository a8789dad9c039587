import { z } from 'zod';
import { emergencyInfo } from './emergency-entities';
import {
  listedSnapshot,
  notice,
  restoreResult,
  snapshotId,
  sourceId,
  timestamp,
  worktreeInfo,
} from './entities';
import { componentId } from './component-spec';
import { incidentInfo } from './incident-entities';
import { recoveryInfo } from './recovery-entities';
import { alertInfo, componentInfo } from './health-entities';

/** What the agent tells its clients without being asked, as parameters of the notification `event`. */
export const agentEvent = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('worktree/changed'), worktree: worktreeInfo }),
  z.object({ kind: z.literal('worktree/removed'), source: sourceId }),
  z.object({ kind: z.literal('snapshot/created'), snapshot: listedSnapshot }),
  z.object({
    kind: z.literal('snapshot/changed').describe('it was pinned or unpinned'),
    snapshot: listedSnapshot,
  }),
  z.object({
    kind: z
      .literal('journal/written')
      .describe('a source’s journal has grown; told some times a second at most'),
    source: sourceId,
    sequence: z.int().positive().describe('of the newest record'),
    at: timestamp,
  }),
  z.object({ kind: z.literal('snapshot/removed'), snapshots: z.array(snapshotId) }),
  z.object({ kind: z.literal('restore/completed'), result: restoreResult }),
  z.object({ kind: z.literal('notice/raised'), notice }),
  z.object({ kind: z.literal('component/changed'), component: componentInfo }),
  z.object({ kind: z.literal('component/removed'), id: componentId }),
  z.object({
    kind: z.literal('recovery/changed').describe('its state, its steps or its log'),
    recovery: recoveryInfo,
  }),
  z.object({ kind: z.literal('incident/opened'), incident: incidentInfo }),
  z.object({
    kind: z.literal('incident/changed').describe('something was found, is over, or was done'),
    incident: incidentInfo,
  }),
  z.object({ kind: z.literal('incident/closed'), incident: incidentInfo }),
  z.object({
    kind: z
      .literal('emergency/changed')
      .describe('it began, is at another level, something was done, or it is over'),
    emergency: emergencyInfo,
  }),
  z.object({
    kind: z.literal('alert/changed').describe('its state or its marks'),
    alert: alertInfo,
  }),
  z.object({
    kind: z
      .literal('metrics/sampled')
      .describe('new values can be had; told while somebody asks `metrics/series`'),
    at: timestamp,
  }),
  z.object({ kind: z.literal('agent/draining'), reason: z.string() }),
]);
export type AgentEvent = z.infer<typeof agentEvent>;

/** An event with its place in the order of all events of this agent process. */
export const sequencedEvent = z.object({
  sequence: z.int().positive(),
  event: agentEvent,
});
export type SequencedEvent = z.infer<typeof sequencedEvent>;

/** Name of the notification that carries a {@link SequencedEvent}. */
export const EVENT_NOTIFICATION = 'event';
