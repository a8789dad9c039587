import type { AuditEntry } from '../audit/entry';
import type { BackupFigures } from './period-report';

/** Counts what a trail tells, entry by entry. */
export class BackupCount {
  #snapshots = 0;
  #backups = 0;
  #failed = 0;
  #restores = 0;

  add({ action, phase, input }: AuditEntry): void {
    if (phase === 'begun') return;
    const isDone = phase === 'done';
    switch (action) {
      case 'snapshot/automatic':
        if (input['backup'] === 'snapshot') this.#snapshots += 1;
        else this.#backups += 1;
        return;
      case 'snapshot/create':
        if (isDone) this.#snapshots += 1;
        else this.#failed += 1;
        return;
      case 'backup/run':
      case 'backup/scheduled':
        if (isDone) this.#backups += 1;
        else this.#failed += 1;
        return;
      case 'restore/apply':
        if (isDone) this.#restores += 1;
        return;
    }
  }

  get figures(): BackupFigures {
    return {
      snapshots: this.#snapshots,
      backups: this.#backups,
      failed: this.#failed,
      restores: this.#restores,
    };
  }
}
