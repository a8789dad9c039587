import { AgentClient } from '../../agent/protocol/client';
import { readDiscovery } from '../../agent/protocol/discovery';
import type { RestoreResult, SnapshotSummary } from '../../agent/protocol/entities';
import type { DataSourceInfo } from '../../agent/protocol/source-entities';
import { JournalWorld } from './journal-world';

/** The real agent, and programs that have data. */
export class SourceWorld extends JournalWorld {
  readonly #programs: AgentClient[] = [];

  /** A program that connects, as any would. */
  async program(name = 'a program'): Promise<AgentClient> {
    const discovery = await readDiscovery(this.agent.home);
    if (discovery === null) throw new Error('the agent does not run');
    const client = await AgentClient.connect(discovery, { name, version: '1', interactive: false });
    this.#programs.push(client);
    return client;
  }

  override async remove(): Promise<void> {
    for (const program of this.#programs) program.close();
    await super.remove();
  }

  async source(name: string): Promise<DataSourceInfo> {
    const { sources } = await this.client.call('data-source/list', {});
    const found = sources.find((source) => source.name === name);
    if (found === undefined) throw new Error(`${name} is not registered`);
    return found;
  }

  /** Waits until what was registered has its first backup. */
  backedUp(name: string): Promise<DataSourceInfo> {
    return this.until(`a backup of ${name}`, async () => {
      const source = await this.source(name);
      return source.lastSnapshot === null || source.state.kind === 'capturing' ? null : source;
    });
  }

  async snapshots(name: string): Promise<SnapshotSummary[]> {
    const { snapshots } = await this.client.call('snapshot/list', { path: `source:${name}` });
    return snapshots;
  }

  snapshot(name: string): Promise<SnapshotSummary> {
    return this.client.call('snapshot/create', { path: `source:${name}` });
  }

  async restore(
    snapshot: string,
    options: { to?: string; paths?: string[] } = {},
  ): Promise<RestoreResult> {
    const plan = await this.client.call('restore/plan', { snapshot, ...options });
    return this.client.call('restore/apply', { plan: plan.id });
  }
}
