import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ComponentDefinition } from '../../../agent/components/component';
import { idOf } from '../../../agent/components/component-id';
import { ComponentRegistry } from '../../../agent/components/component-registry';
import { ProcessLedger } from '../../../agent/components/process/ledger';
import { componentSpec } from '../../../agent/protocol/component-spec';
import { systemClock } from '../../../agent/support/clock';
import { silentLog } from '../../../agent/support/log';

/** A folder with programs, and a registry of components that run in it. */
export class ComponentWorld {
  readonly folder = realpathSync(mkdtempSync(join(tmpdir(), 'bulwark-components-')));
  readonly ledgerPath = join(this.folder, 'processes.json');
  readonly registry = new ComponentRegistry({
    clock: systemClock,
    log: silentLog,
    ledger: new ProcessLedger(this.ledgerPath, silentLog),
    random: () => 0,
  });

  path(name: string): string {
    return join(this.folder, name);
  }

  /** A program in JavaScript, as the command that runs it. */
  program(name: string, code: string): string[] {
    writeFileSync(this.path(name), code);
    return [process.execPath, this.path(name)];
  }

  /** What a settings file would describe; `spec` is what stands in it. */
  define(
    name: string,
    spec: unknown,
    changes: Partial<ComponentDefinition> = {},
  ): ComponentDefinition {
    const parsed = componentSpec.parse(spec);
    return {
      id: idOf(null, name),
      spec: parsed,
      origin: { kind: 'settings', file: this.path('bulwark.json'), approved: true },
      scope: 'test',
      folder: this.folder,
      dependsOn: (parsed.dependsOn ?? []).map((one) => idOf(null, one)),
      ...changes,
    };
  }

  stateOf(id: string): string {
    return this.registry.view(id).state.kind;
  }

  async close(): Promise<void> {
    await this.registry.close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
