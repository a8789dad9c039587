import { z } from 'zod';
import { dataKey, dataRecord, sourceName } from './source-entities';

/** A request that the agent sends to a program: what goes in, what comes out, and what it is for. */
interface CallSpec {
  readonly summary: string;
  readonly params: z.ZodType;
  readonly result: z.ZodType;
}

const nothing = z.object({});
const why = z.enum(['backup', 'restore']).describe('files are about to be read, or replaced');
const id = z.string().max(64).describe('the same in all calls that belong together');

/** Every request that a program with a data source must answer, and those that it asks for. */
export const CALLS = {
  'data-source/freeze': {
    summary: 'Bring the files into a state of one moment, and leave them alone until the thaw.',
    params: z.object({
      name: sourceName,
      freeze: id,
      why,
      limitMs: z.int().positive().describe('the thaw comes within this time; then go on anyway'),
    }),
    result: nothing,
  },
  'data-source/thaw': {
    summary:
      'The files are the program’s again. Comes after each freeze, also one that failed or was given up; the program must be able to thaw what it never froze.',
    params: z.object({ name: sourceName, freeze: id, why }),
    result: z.object({
      held: z.boolean().describe('whether the files stayed as they were from the freeze until now'),
    }),
  },
  'data-source/pull': {
    summary:
      'The next page of records. All pages of one pull must be of one moment: the one of the first.',
    params: z.object({
      name: sourceName,
      pull: id,
      cursor: z
        .string()
        .max(1024)
        .nullable()
        .describe('`next` of the page before; null for the first'),
      maxRecords: z.int().positive(),
      maxBytes: z.int().positive().describe('of the values, before base64'),
    }),
    result: z.object({
      records: z.array(dataRecord).max(1000),
      next: z.string().max(1024).nullable().describe('where the next page begins; null at the end'),
    }),
  },
  'data-source/endPull': {
    summary: 'No more pages are wanted: the moment need not be kept any longer.',
    params: z.object({
      name: sourceName,
      pull: id,
      complete: z.boolean().describe('whether all pages were taken'),
    }),
    result: nothing,
  },
  'data-source/beginRestore': {
    summary:
      'Records come. Nothing of them may show before the commit; a connection that ends before it is an abort.',
    params: z.object({
      name: sourceName,
      restore: id,
      mode: z
        .enum(['replace', 'merge'])
        .describe('what is there and does not come goes; or everything else stays as it is'),
      records: z.int().nonnegative().describe('how many will come'),
    }),
    result: nothing,
  },
  'data-source/restore': {
    summary: 'A page of records to be written, and of keys to be removed (only with `merge`).',
    params: z.object({
      name: sourceName,
      restore: id,
      records: z.array(dataRecord).max(1000),
      remove: z.array(dataKey).max(1000),
    }),
    result: nothing,
  },
  'data-source/commitRestore': {
    summary: 'That was all: make it durable and visible, at once.',
    params: z.object({ name: sourceName, restore: id }),
    result: nothing,
  },
  'data-source/abortRestore': {
    summary: 'Forget what came: everything is as it was before.',
    params: z.object({ name: sourceName, restore: id }),
    result: nothing,
  },
  'component/recover': {
    summary:
      'Do what the program said it can do (`recovers` of `component/register`) about a fault of its component. The answer comes when it is done; whether it helped, the agent looks for itself.',
    params: z.object({
      id: z.string().max(128).describe('of the component'),
      action: z.string().max(64),
      why: z.string().describe('what is wrong, for people'),
      limitMs: z.int().positive(),
    }),
    result: nothing,
  },
} as const satisfies Record<string, CallSpec>;

export type CallName = keyof typeof CALLS;
export type CallParams<C extends CallName> = z.infer<(typeof CALLS)[C]['params']>;
export type CallResult<C extends CallName> = z.infer<(typeof CALLS)[C]['result']>;

/** Whether `name` is a request that this version of a program can be sent. */
export function isCallName(name: string): name is CallName {
  return Object.hasOwn(CALLS, name);
}

type Specs = {
  readonly [C in CallName]: CallSpec & {
    readonly params: z.ZodType<CallParams<C>>;
    readonly result: z.ZodType<CallResult<C>>;
  };
};

const SPECS: Specs = CALLS;

/** The schemas of one call, in a form that generic code can use. */
export function callSpec<C extends CallName>(call: C): Specs[C] {
  return SPECS[call];
}

/** How a program answers the calls that it knows; what it throws is told to the agent. */
export type CallHandlers = {
  readonly [C in CallName]?: (
    params: CallParams<C>,
    /** Aborted when the agent does not want the answer any more. */
    signal: AbortSignal,
  ) => Promise<CallResult<C>> | CallResult<C>;
};
