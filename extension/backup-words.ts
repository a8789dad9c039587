import type { BackupKind } from '../agent/protocol/entities';
import type { ResultOf } from '../agent/protocol/methods';
import { age, byteSize, count } from './format';
import type { Choice } from './ui';

type Schedule = ResultOf<'backup/schedule'>['kinds'];
type Backups = ResultOf<'backup/run'>['backups'];

interface KindChoice {
  readonly kind: BackupKind;
  readonly label: string;
  readonly icon: string;
  readonly detail: string;
}

const DAY = 86_400_000;

const CHOICES: readonly KindChoice[] = [
  {
    kind: 'full',
    label: 'Full backup',
    icon: 'archive',
    detail: 'Reads every file again, checks all that it needs in the store, mends damage there.',
  },
  {
    kind: 'differential',
    label: 'Differential backup',
    icon: 'diff',
    detail: 'Looks at every file, checks in the store what is new since the last full backup.',
  },
  {
    kind: 'incremental',
    label: 'Incremental backup',
    icon: 'diff-added',
    detail: 'Looks at every file, checks in the store what it adds.',
  },
  {
    kind: 'snapshot',
    label: 'Snapshot',
    icon: 'device-camera',
    detail: 'Takes what was seen to change: the quickest.',
  },
];

/** The kinds to choose from, each with when it was last taken and how long it is kept. */
export function kindChoices(schedule: Schedule, now: number): readonly Choice<BackupKind>[] {
  return CHOICES.map(({ kind, label, icon, detail }) => {
    const planned = schedule.find((one) => one.kind === kind);
    const last = planned?.last ?? null;
    const words = [last === null ? 'none yet' : `last ${age(last, now)}`];
    // A snapshot that somebody asked for stays longer than those that its line tells of.
    if (planned !== undefined && kind !== 'snapshot')
      words.push(`kept for ${count(Math.round(planned.keepMs / DAY), 'day')}`);
    return { label, icon, description: words.join(' · '), detail, value: kind };
  });
}

/** The name of a kind at the beginning of a sentence. */
export function kindLabel(kind: BackupKind): string {
  return CHOICES.find((one) => one.kind === kind)?.label ?? kind;
}

/** What was backed up: `Full backup of web shop: 12 files, 3 KB new. …` */
export function backupSummary(kind: BackupKind, of: string, backups: Backups): string {
  const sum = (number: (one: Backups[number]) => number): number =>
    backups.reduce((all, one) => all + number(one), 0);
  const added = sum(({ snapshot }) => snapshot.newBytes);
  const files = count(
    sum(({ snapshot }) => snapshot.files),
    'file',
  );
  const news = added === 0 ? 'nothing new' : `${byteSize(added)} new`;
  const parts = [`${kindLabel(kind)} of ${of}: ${files}, ${news}.`];
  const proven = sum(({ provenBlobs }) => provenBlobs);
  if (proven > 0) parts.push(`${count(proven, 'piece')} in the store read back and checked.`);
  if (backups.some(({ mended }) => mended)) parts.push('Damage in the store was found and mended.');
  return parts.join(' ');
}
