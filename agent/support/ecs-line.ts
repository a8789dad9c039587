import { isoTime } from './clock';
import { BulwarkError } from './errors';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** What all lines of this process have in common. */
export interface LogService {
  readonly version: string;
  readonly pid: number;
}

/** One thing that is told. */
export interface LogRecord {
  /** Ms since 1970. */
  readonly at: number;
  readonly level: LogLevel;
  /** Names the room. */
  readonly logger: string;
  /** A sentence. */
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** Version of the Elastic Common Schema that the lines follow. */
const ECS_VERSION = '8.11.0';

/**
 * A record as the object of a line in Elastic Common Schema. What the schema has no field for is
 * text in `labels`, as the schema wants it: its values are keywords. An `error` goes to `error.*`, a
 * `path` to `file.path`.
 */
export function ecsLine(record: LogRecord, service: LogService): object {
  const { error, path, ...rest } = record.fields;
  const labels: Record<string, string> = {};
  for (const [key, value] of Object.entries(rest))
    if (value !== undefined) labels[labelName(key)] = textOf(value);
  if (path !== undefined && typeof path !== 'string') labels['path'] = textOf(path);
  return {
    '@timestamp': isoTime(record.at),
    'log.level': record.level,
    message: record.message,
    'ecs.version': ECS_VERSION,
    'log.logger': record.logger === '' ? 'agent' : record.logger,
    'service.name': 'bulwark',
    'service.version': service.version,
    'event.dataset': 'bulwark.agent',
    'process.pid': service.pid,
    ...(typeof path === 'string' ? { 'file.path': path } : {}),
    ...errorFields(error),
    ...(Object.keys(labels).length > 0 ? { labels } : {}),
  };
}

function errorFields(error: unknown): object {
  if (error === undefined) return {};
  if (!(error instanceof Error)) return { 'error.message': textOf(error) };
  return {
    'error.type': error.name,
    'error.message': error.message,
    ...(error instanceof BulwarkError ? { 'error.code': error.reason } : {}),
    ...(error.stack === undefined ? {} : { 'error.stack_trace': error.stack }),
  };
}

/** A label must not look like a field of an object. */
function labelName(key: string): string {
  return key
    .replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
    .replaceAll(/[^a-z0-9_]/g, '_');
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  if (value instanceof Error) return value.message;
  const text: unknown = JSON.stringify(value);
  return typeof text === 'string' ? text : typeof value;
}
