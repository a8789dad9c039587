import type { HardeningManager } from '../manager/hardening-manager';
import type { ClientIdentity } from '../protocol/client';
import { specOf, type MethodName } from '../protocol/methods';
import type { Clock } from '../support/clock';
import { errorDataOf } from './wire-errors';
import { BulwarkError, messageOf } from '../support/errors';

type Trail = Pick<HardeningManager['audit'], 'record'>;
type Operation = Parameters<Trail['record']>[0];
type Facts = Operation['input'];

/** A request as it came. */
interface Asked {
  readonly method: MethodName;
  readonly params: unknown;
  readonly by: ClientIdentity | null;
}

/** Answers a request, and writes down what was asked, by whom, and what became of it. */
export type RequestAudit = <T>(asked: Asked, work: () => Promise<T>) => Promise<T>;

/** They change nothing on the disk, and yet somebody will want to know who asked. */
const ALSO: ReadonlySet<MethodName> = new Set(['store/exportKey', 'store/verify', 'drill/run']);
/** They come every few seconds, and say only that a program lives. */
const NOT: ReadonlySet<MethodName> = new Set(['component/heartbeat']);
/** What overwrites or deletes is written down before it is done, too. */
const BEFORE: ReadonlySet<MethodName> = new Set([
  'restore/apply',
  'restore/undo',
  'snapshot/delete',
  'store/collectGarbage',
  'store/repair',
  'store/rebuildCatalog',
  'key/change',
  'key/rotate',
  'doctor/examine',
  'doctor/undo',
  'recovery/undo',
]);
/** What may be secret is never written down, neither what was given nor what came back. */
const SECRET = new Set(['passphrase', 'key', 'recoveryKey', 'data', 'progressToken', 'learned']);
/** What a request is about, by the name of its parameter; the first that is there. */
const TARGETS = [
  'path',
  'target',
  'id',
  'file',
  'name',
  'snapshot',
  'recovery',
  'alert',
  'emergency',
] as const;
const REASONS = ['reason', 'note', 'label', 'message'] as const;
const TEXT_LENGTH = 300;
const MEMBERS = 12;

/** Writes down the requests that do something. */
export function requestAudit(trail: Trail, clock: Clock): RequestAudit {
  return async (asked, work) => {
    if (!isOperation(asked)) return await work();
    const { method, params, by } = asked;
    const input = factsOf(params);
    const common = {
      action: method,
      by: { kind: by?.kind ?? 'program', name: by?.name ?? 'unknown', pid: by?.pid ?? null },
      why: firstOf(input, REASONS),
      target: firstOf(input, TARGETS),
      input,
    } as const;
    if (BEFORE.has(method))
      await trail.record({ ...common, phase: 'begun', outcome: null, durationMs: null });
    const started = clock.monotonic();
    const took = (): number => Math.round(clock.monotonic() - started);
    try {
      const result = await work();
      const found = factsOf(result);
      const target = common.target ?? firstOf(found, TARGETS);
      const outcome = textOf(found);
      await trail.record({ ...common, target, phase: 'done', outcome, durationMs: took() });
      return result;
    } catch (error) {
      const outcome = problemOf(error);
      await trail.record({ ...common, phase: 'failed', outcome, durationMs: took() });
      throw error;
    }
  };
}

function isOperation({ method, params }: Asked): boolean {
  if (NOT.has(method)) return false;
  // Asked only what would be done.
  if (method === 'doctor/examine') return factsOf(params)['fix'] === true;
  if (method === 'store/collectGarbage') return factsOf(params)['dryRun'] !== true;
  return specOf(method).mutates || ALSO.has(method);
}

/** What of an object is plain and no secret; of lists how many, of what has kinds the kind. */
function factsOf(value: unknown): Facts {
  const facts: Facts = {};
  if (typeof value !== 'object' || value === null) return facts;
  for (const [name, member] of Object.entries(value)) {
    if (SECRET.has(name) || Object.keys(facts).length >= MEMBERS) continue;
    const fact = factOf(member);
    if (fact !== null) facts[name] = fact;
  }
  return facts;
}

function factOf(member: unknown): string | number | boolean | null {
  switch (typeof member) {
    case 'string':
      return member.slice(0, TEXT_LENGTH);
    case 'number':
      // The chain is over whole numbers alone, which every language writes alike.
      return Number.isFinite(member) ? Math.round(member) : null;
    case 'boolean':
      return member;
    case 'object': {
      if (Array.isArray(member))
        return member.every((one) => typeof one === 'string')
          ? member.join(', ').slice(0, TEXT_LENGTH)
          : member.length;
      return member !== null && 'kind' in member && typeof member.kind === 'string'
        ? member.kind
        : null;
    }
    default:
      return null;
  }
}

function firstOf(facts: Facts, names: readonly string[]): string | null {
  for (const name of names) {
    const fact = facts[name];
    if (typeof fact === 'string' && fact !== '') return fact;
  }
  return null;
}

function textOf(facts: Facts): string | null {
  const text = Object.entries(facts)
    .map(([name, fact]) => `${name} ${String(fact)}`)
    .join(', ');
  return text === '' ? null : text.slice(0, 2 * TEXT_LENGTH);
}

function problemOf(error: unknown): string {
  const reason = error instanceof BulwarkError ? errorDataOf(error).reason : 'internal';
  return `${reason}: ${messageOf(error)}`.slice(0, 2 * TEXT_LENGTH);
}
