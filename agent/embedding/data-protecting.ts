import { isAbsolute } from 'node:path';
import type { HardeningManager } from '../manager/hardening-manager';
import { placeOfSource } from '../protection/source';
import type { SnapshotRecord } from '../protection/snapshots';
import type { Audited } from './audited';
import { dataSourceOf, restoreOf, snapshotOf } from './convert';
import type { DataSource } from './data-source';
import { servedHere } from './data-sources';
import type { DataProtection } from './hardened-system';
import type { Owner } from './owner';
import type { DataSourceStatus, RestoreResult, Snapshot } from './views';

const LISTED = 100;

export interface DataProtectingOptions {
  readonly manager: Pick<HardeningManager, 'protection' | 'restore' | 'restored' | 'snapshots'>;
  readonly owner: Owner;
  readonly audited: Audited;
}

/** The protection, as the program that it runs in asks it. */
export class DataProtecting implements DataProtection {
  readonly #manager: DataProtectingOptions['manager'];
  readonly #owner: Owner;
  readonly #audited: Audited;

  constructor({ manager, owner, audited }: DataProtectingOptions) {
    this.#manager = manager;
    this.#owner = owner;
    this.#audited = audited;
  }

  registerDataSource(name: string, source: DataSource): Promise<DataSourceStatus> {
    const { protection } = this.#manager;
    return this.#audited('data-source/register', { name, source }, async () => {
      const served = servedHere(this.#owner, source);
      const registered = await protection.registerDataSource(name, served);
      return dataSourceOf(registered, this.#nameOfFolder);
    });
  }

  unregisterDataSource(name: string): Promise<void> {
    const { dataSources } = this.#manager.protection;
    return this.#audited('data-source/unregister', { name }, () =>
      dataSources.unregister(name, this.#owner.id),
    );
  }

  protect(path: string): Promise<readonly string[]> {
    return this.#audited('worktree/protect', { path }, async () =>
      (await this.#manager.protection.protect(path, {})).map((source) => source.path),
    );
  }

  unprotect(path: string): Promise<void> {
    return this.#audited('worktree/unprotect', { path }, () =>
      this.#manager.protection.unprotect(path),
    );
  }

  snapshot(of: string, label?: string): Promise<Snapshot> {
    const { protection } = this.#manager;
    return this.#audited('snapshot/create', { path: of, label }, async () => {
      const backedUp = await protection.backedUpOf(placeOf(of));
      const order = { kind: 'manual', label: label ?? null } as const;
      return this.#snapshotOf(await protection.snapshot(backedUp, order));
    });
  }

  async snapshots(of: string, limit = LISTED): Promise<readonly Snapshot[]> {
    const { protection, snapshots } = this.#manager;
    const { source } = await protection.backedUpOf(placeOf(of));
    const records = await snapshots.list({ source: source.id, limit });
    return records.map((record) => this.#snapshotOf(record));
  }

  restore(snapshot: string, to?: string): Promise<RestoreResult> {
    const { restore, snapshots } = this.#manager;
    return this.#audited('restore/apply', { snapshot, path: to }, async () => {
      const record = await snapshots.resolve(snapshot);
      const place = to === undefined ? {} : { to };
      const plan = await restore.plan({ snapshot: record, withGitState: false, ...place }, {});
      return restoreOf(await this.#manager.restored(await restore.apply(plan.id, {})));
    });
  }

  undo(operation: string): Promise<RestoreResult> {
    return this.#audited('restore/undo', { target: operation }, async () =>
      restoreOf(await this.#manager.restored(await this.#manager.restore.undo(operation, {}))),
    );
  }

  readonly #nameOfFolder = (path: string): string | null =>
    this.#manager.protection.dataSources.nameOfFolder(path);

  #snapshotOf(record: SnapshotRecord): Snapshot {
    return snapshotOf(record, this.#nameOfFolder);
  }
}

/** What has no absolute path is meant by its name. */
function placeOf(of: string): string {
  return isAbsolute(of) ? of : placeOfSource(of);
}
