import { z } from 'zod';

/** What a client may be able to do; each scenario says what it needs. */
export const ABILITIES = [
  'connect',
  // One connection that stays, for everything.
  'stay',
  'call',
  'progress',
  // Names in which there are bytes that are not UTF-8.
  'any-name',
  'cancel',
  'follow',
  'register-component',
  'heartbeat',
  'recover',
  'keep-files',
  'keep-records',
  'snapshot',
  'restore',
] as const;
export type Ability = (typeof ABILITIES)[number];

const id = z.int().positive();
const text = z.string();

/** What the suite asks of a client's driver, one JSON object a line on its standard input. */
export const request = z.discriminatedUnion('do', [
  z.object({ id, do: z.literal('hello') }),
  z.object({ id, do: z.literal('connect') }),
  z.object({
    id,
    do: z.literal('call'),
    method: text,
    params: z.record(text, z.unknown()),
    progress: z.boolean(),
  }),
  z.object({ id, do: z.literal('cancel'), call: id }),
  z.object({ id, do: z.literal('follow') }),
  z.object({
    id,
    do: z.literal('register-component'),
    name: text,
    everyMs: z.int(),
    recovers: z.array(text),
    fails: z.array(text),
  }),
  z.object({ id, do: z.literal('heartbeat'), component: text }),
  z.object({ id, do: z.literal('keep-files'), name: text, path: text }),
  z.object({ id, do: z.literal('keep-records'), name: text, records: z.record(text, text) }),
  z.object({ id, do: z.literal('snapshot'), path: text, label: text }),
  z.object({ id, do: z.literal('restore'), snapshot: text }),
  z.object({ id, do: z.literal('undo') }),
  z.object({ id, do: z.literal('close') }),
]);
export type Request = z.infer<typeof request>;

/** A request without its number. */
export type Wish = Request extends infer R ? (R extends Request ? Omit<R, 'id'> : never) : never;

/** What was asked for has failed. */
export const failure = z.object({ reason: text, message: text });
export type Failure = z.infer<typeof failure>;

/** What a driver tells without being asked. */
export const saying = z.discriminatedUnion('said', [
  z.object({ said: z.literal('event'), sequence: z.int(), kind: text }),
  z.object({ said: z.literal('reload') }),
  z.object({ said: z.literal('progress'), call: id, value: z.looseObject({ done: z.number() }) }),
  z.object({ said: z.literal('recover'), component: text, action: text }),
  z.object({ said: z.literal('freeze'), name: text }),
  z.object({ said: z.literal('thaw'), name: text }),
  z.object({ said: z.literal('restored'), name: text, records: z.record(text, text) }),
]);
export type Saying = z.infer<typeof saying>;

/** A line of a driver's standard output. */
export const line = z.union([
  saying,
  z.object({ id, ok: z.looseObject({}) }),
  z.object({ id, failed: failure }),
]);

/** The answer to `hello`. */
export const hello = z.object({ client: text, version: text, can: z.array(z.enum(ABILITIES)) });
export type Hello = z.infer<typeof hello>;
