import type { ToolAnnotations } from '@modelcontextprotocol/sdk/types.js' with {
  'resolution-mode': 'import',
};
import type { z } from 'zod';
import type { MethodName, ParamsOf, ResultOf } from '../../protocol/methods';

/** What a tool can do while it answers one call. */
export interface ToolContext {
  /** The folder that the client started the server in: what is meant where no path is given. */
  readonly cwd: string;
  /** What the client calls itself, for people. */
  readonly who: string;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Aborted when the client cancels the call. */
  readonly signal: AbortSignal;
  /** Asks the agent, which is started when it does not run, and passes its progress on. */
  readonly ask: <M extends MethodName>(method: M, params: ParamsOf<M>) => Promise<ResultOf<M>>;
  /** Asks the person in front of the client. */
  readonly person: (question: string, yes: string) => Promise<PersonAnswer>;
}

/** `nobody`: the client cannot ask. */
export type PersonAnswer = 'yes' | 'no' | 'nobody';

/** A tool that is not used as it was meant to be; the text is for the model. */
export class Refusal extends Error {}

/** A tool as models see it. */
export interface Tool<In extends z.ZodRawShape, Out extends z.ZodRawShape> {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly input: In;
  readonly output: Out;
  readonly annotations: ToolAnnotations;
  run(args: z.infer<z.ZodObject<In>>, context: ToolContext): Promise<z.infer<z.ZodObject<Out>>>;
}

/** Only for the types: a tool keeps those of its input and output. */
export function tool<In extends z.ZodRawShape, Out extends z.ZodRawShape>(
  described: Tool<In, Out>,
): Tool<In, Out> {
  return described;
}

/** Looks and changes nothing. Nothing here reaches beyond this machine. */
export const LOOKS: ToolAnnotations = { readOnlyHint: true, openWorldHint: false };
/** Adds to what is kept, and takes nothing away. */
export const ADDS: ToolAnnotations = {
  readOnlyHint: false,
  destructiveHint: false,
  idempotentHint: false,
  openWorldHint: false,
};
/** Overwrites and deletes files. */
export const OVERWRITES: ToolAnnotations = {
  readOnlyHint: false,
  destructiveHint: true,
  idempotentHint: false,
  openWorldHint: false,
};
