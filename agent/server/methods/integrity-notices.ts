import type { Notice } from '../../protocol/entities';
import type { KeptDrill } from '../../protection/integrity/drills';
import type { RepairOutcome } from '../../protection/integrity/store-repair';
import { displayName } from '../../support/names';

/** So many files are named in a notice; all of them are told by a verification. */
const SHOWN = 3;

/** What a person is told when a part of the store was damaged: one notice for all that was found at once. */
export function damageNotice(outcome: RepairOutcome): Notice {
  const { affected, lost, quarantined, closedPacks } = outcome;
  const mended = lost.length === 0 && closedPacks.length === 0;
  const id = `damage-${quarantined.join() || lost.slice(0, 1).join() || closedPacks.join()}`;
  return {
    id: id.length > 64 ? `damage-${id.slice(-45)}` : id,
    severity: mended ? 'info' : 'error',
    message: mended
      ? 'A part of the backups was damaged on the disk. All of it was mended; look at the health of that disk.'
      : `${lossText(outcome)} ${affectedText(affected)}Everything else can be restored. Run "bulwark verify" for all of it.`,
    source: null,
    action: { kind: 'verify' },
  };
}

/** What a person is told when a monthly drill did not succeed. */
export function drillNotice({ at, sources }: KeptDrill): Notice {
  const failed = sources.filter(({ ok }) => !ok).map(({ path }) => displayName(path));
  return {
    id: `drill-${String(at)}`,
    severity: 'error',
    message: `Trying out the newest backups did not succeed for ${failed.slice(0, SHOWN).join(', ')}. Run "bulwark drill --last" to see why.`,
    source: null,
    action: { kind: 'drill' },
  };
}

function lossText({ affected, closedPacks }: RepairOutcome): string {
  if (closedPacks.length > 0) return 'A part of the backups cannot be opened.';
  return affected.length === 0
    ? 'A part of the backups is damaged, but no snapshot needs it.'
    : 'A part of the backups is damaged and could not be mended.';
}

function affectedText(affected: RepairOutcome['affected']): string {
  if (affected.length === 0) return '';
  const names = affected
    .slice(0, SHOWN)
    .map(({ source, path }) => displayName(path === '' ? source : `${source}/${path}`));
  const rest = affected.length - names.length;
  const snapshots = new Set(affected.flatMap((item) => item.snapshots)).size;
  return `Unreadable in ${String(snapshots)} snapshots: ${names.join(', ')}${rest > 0 ? ` and ${String(rest)} more` : ''}. `;
}
