import type { HardeningManager } from '../../manager/hardening-manager';
import type { ManagerEvent } from '../../manager/manager-event';
import { sourceId, type ListedSnapshot } from '../../protocol/entities';
import type { AgentEvent } from '../../protocol/events';
import { snapshotIdsOf } from './backups';
import { infoOf, keepOf, listedOf } from './convert';
import { damageNotice, drillNotice } from './integrity-notices';
import { backupNotice, spaceNotice } from './keeping-notices';
import { lossNotice } from './loss-notice';
import { resultOf } from './restore';
import { troubleNotice } from './trouble';

type Created = Extract<ManagerEvent, { kind: 'snapshot-created' }>['record'];

/** What happened in the agent as clients are told of it. */
export async function managerEvent(
  event: ManagerEvent,
  manager: HardeningManager,
): Promise<AgentEvent> {
  switch (event.kind) {
    case 'worktree-changed':
      return { kind: 'worktree/changed', worktree: infoOf(await manager.view(event.guard, false)) };
    case 'worktree-removed':
      return { kind: 'worktree/removed', source: sourceId.parse(event.source) };
    case 'damage-found':
      return { kind: 'notice/raised', notice: damageNotice(event.outcome) };
    case 'drill-failed':
      return { kind: 'notice/raised', notice: drillNotice(event.drill) };
    case 'snapshot-created':
      return { kind: 'snapshot/created', snapshot: await listed(event.record, manager) };
    case 'snapshot-changed':
      return { kind: 'snapshot/changed', snapshot: await listed(event.record, manager) };
    case 'journal-written': {
      const { source, sequence, at } = event.record;
      return { kind: 'journal/written', source: sourceId.parse(source.id), sequence, at };
    }
    case 'loss':
      return { kind: 'notice/raised', notice: lossNotice(event.loss) };
    case 'trouble':
      return { kind: 'notice/raised', notice: troubleNotice(event.trouble) };
    case 'snapshots-forgotten':
      return { kind: 'snapshot/removed', snapshots: snapshotIdsOf(event.records) };
    case 'space':
      return { kind: 'notice/raised', notice: spaceNotice(event.space, event.forgotten) };
    case 'backup-failed':
      return { kind: 'notice/raised', notice: backupNotice(event) };
    case 'restore-completed':
      return { kind: 'restore/completed', result: resultOf(event.outcome) };
  }
}

async function listed(record: Created, manager: HardeningManager): Promise<ListedSnapshot> {
  return listedOf(record, await keepOf(manager));
}
