import type { CallParams } from '../../protocol/calls';
import * as entities from '../../protocol/entities';
import type { Handlers, Peer } from '../../protocol/handlers';
import type { ParamsOf } from '../../protocol/methods';
import type { DataRecord as WireRecord, DataSourceInfo } from '../../protocol/source-entities';
import type { HardeningManager } from '../../manager/hardening-manager';
import type {
  DataRecord,
  DataSource,
  FilesProgram,
  RecordsProgram,
} from '../../protection/sources/data-source';
import type { RegisteredSource } from '../../protection/sources/data-sources';

export type SourceMethods = Pick<
  Handlers,
  'data-source/register' | 'data-source/unregister' | 'data-source/list'
>;

const FREEZE_MS = 30_000;

/** Answers about data sources; their programs are at the other end of the connections. */
export function sourceMethods(manager: HardeningManager): SourceMethods {
  const { protection } = manager;
  return {
    'data-source/register': async ({ name, source }, { client }) =>
      infoOf(manager, await protection.registerDataSource(name, served(name, source, client))),
    'data-source/unregister': async ({ name }, { client }) => {
      await protection.dataSources.unregister(name, client.id);
      return {};
    },
    'data-source/list': async () => ({ sources: await sourceInfos(manager) }),
  };
}

/** All registered sources as the wire tells them. */
export async function sourceInfos(manager: HardeningManager): Promise<DataSourceInfo[]> {
  const infos = [];
  for (const source of manager.protection.dataSources.list())
    infos.push(await infoOf(manager, source));
  return infos;
}

async function infoOf(
  { snapshots }: HardeningManager,
  source: RegisteredSource,
): Promise<DataSourceInfo> {
  return {
    name: source.name,
    source: entities.sourceId.parse(source.sourceId),
    kind: source.kind,
    path: source.path,
    files: [...source.files],
    state: source.state,
    program: source.program,
    lastSnapshot:
      source.newest === null
        ? null
        : {
            id: entities.snapshotId.parse(source.newest.id),
            createdAt: source.newest.createdAt,
          },
    snapshots: await snapshots.count(source.sourceId),
  };
}

/** A source whose program is at the other end of a connection. */
function served(
  name: string,
  source: ParamsOf<'data-source/register'>['source'],
  peer: Peer,
): DataSource {
  switch (source.kind) {
    case 'folder':
      return { kind: 'folder', path: source.path, owner: peer.id };
    case 'files': {
      const { path, files = [], freezeMs = FREEZE_MS } = source;
      return { kind: 'files', path, files, freezeMs, program: filesProgram(name, peer) };
    }
    case 'records':
      return { kind: 'records', program: recordsProgram(name, peer, source.restores) };
  }
}

function filesProgram(name: string, peer: Peer): FilesProgram {
  return {
    owner: peer.id,
    get name() {
      return peer.name;
    },
    gone: peer.gone,
    freeze: async (call, signal) => {
      await peer.call('data-source/freeze', { name, ...call }, signal);
    },
    thaw: (call, signal) => peer.call('data-source/thaw', { name, ...call }, signal),
  };
}

function recordsProgram(name: string, peer: Peer, restores: boolean): RecordsProgram {
  return {
    owner: peer.id,
    get name() {
      return peer.name;
    },
    gone: peer.gone,
    pull: async (call, signal) => {
      const { records, next } = await peer.call('data-source/pull', { name, ...call }, signal);
      return { records: records.map(received), next };
    },
    endPull: async (call, signal) => {
      await peer.call('data-source/endPull', { name, ...call }, signal);
    },
    restore: !restores
      ? null
      : {
          begin: async (call, signal) => {
            await peer.call('data-source/beginRestore', { name, ...call }, signal);
          },
          write: async ({ restore, records, remove }, signal) => {
            const page = { restore, records: records.map(sent), remove: [...remove] };
            await peer.call('data-source/restore', { name, ...page }, signal);
          },
          commit: async (call, signal) => {
            await peer.call('data-source/commitRestore', { name, ...call }, signal);
          },
          abort: async (call, signal) => {
            await peer.call('data-source/abortRestore', { name, ...call }, signal);
          },
        },
  };
}

function received(record: WireRecord): DataRecord {
  const { key, modifiedAt = null } = record;
  if (record.kind === 'json')
    return { key, value: { kind: 'json', json: record.json }, modifiedAt };
  const { bytes, more = false } = record;
  return { key, value: { kind: 'bytes', bytes: Buffer.from(bytes, 'base64'), more }, modifiedAt };
}

function sent({
  key,
  value,
  modifiedAt,
}: DataRecord): CallParams<'data-source/restore'>['records'][number] {
  const time = modifiedAt === null ? {} : { modifiedAt };
  if (value.kind === 'json') return { kind: 'json', key, json: value.json, ...time };
  const { bytes, more } = value;
  return {
    kind: 'bytes',
    key,
    bytes: bytes.toString('base64'),
    ...(more ? { more } : {}),
    ...time,
  };
}
