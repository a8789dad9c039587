import { z } from 'zod';
import { discoverySchema } from './discovery';
import * as entities from './entities';
import * as keyEntities from './key-entities';
import * as replicaEntities from './replica-entities';
import { callSpec, CALLS, isCallName, type CallName } from './calls';
import * as pathEntities from './path-entities';
import * as sourceEntities from './source-entities';
import * as storeEntities from './store-entities';
import { errorData, reason } from './errors';
import { COMMON_REASONS, METHOD_REASONS } from './errors-doc';
import { componentId, componentName, componentSpec, probeSpec } from './component-spec';
import * as channelEntities from './channel-entities';
import * as healthEntities from './health-entities';
import { agentEvent, sequencedEvent } from './events';
import { isMethodName, METHODS, specOf, type MethodName } from './methods';

export type JsonSchema = z.core.JSONSchema.BaseSchema;

/** One method in `docs/protocol.schema.json`. */
export interface MethodDoc {
  readonly summary: string;
  /** Whether it reports progress to a `progressToken`. */
  readonly progress: boolean;
  readonly mutates: boolean;
  /** What it can fail with, beside the common reasons. */
  readonly reasons: readonly string[];
  readonly params: JsonSchema;
  readonly result: JsonSchema;
}

/** One request of the agent to a program, in `docs/protocol.schema.json`. */
export type CallDoc = Pick<MethodDoc, 'summary' | 'params' | 'result'>;

/** The content of `docs/protocol.schema.json`. */
export interface ProtocolDoc {
  readonly $schema: string;
  readonly title: string;
  readonly description: string;
  readonly commonReasons: readonly string[];
  readonly methods: Readonly<Record<string, MethodDoc>>;
  /** What the agent asks of programs. */
  readonly calls: Readonly<Record<string, CallDoc>>;
  readonly $defs: Readonly<Record<string, JsonSchema>>;
}

/** What a `$ref` to a named type begins with. */
export const DEFINITIONS = '#/$defs/';

const NAMED: Readonly<Record<string, z.ZodType>> = {
  ...entities,
  ...pathEntities,
  ...keyEntities,
  ...replicaEntities,
  ...healthEntities,
  ...channelEntities,
  componentId,
  componentName,
  componentSpec,
  probeSpec,
  ...storeEntities,
  ...sourceEntities,
  reason,
  errorData,
  agentEvent,
  sequencedEvent,
  discovery: discoverySchema,
};

/** The whole protocol as JSON Schema (draft 2020-12), from the schemas that check every message. */
export function protocolDoc(): ProtocolDoc {
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Bulwark protocol',
    description:
      'Generated from the schemas in agent/protocol. `methods` has what goes in and out of each request, `calls` the same of what the agent asks of programs, `$defs` the types that they share; PROTOCOL.md tells the rest.',
    commonReasons: COMMON_REASONS,
    methods: Object.fromEntries(
      Object.keys(METHODS)
        .filter(isMethodName)
        .map((name) => [name, methodDoc(name)]),
    ),
    calls: Object.fromEntries(
      Object.keys(CALLS)
        .filter(isCallName)
        .map((name) => [name, callDoc(name)]),
    ),
    $defs: Object.fromEntries(
      Object.entries(convert({})).map(([name, schema]) => [name, withoutHeader(schema)]),
    ),
  };
}

function methodDoc(name: MethodName): MethodDoc {
  const { summary, progress, mutates, params, result } = specOf(name);
  const schemas = inAndOut(name, params, result);
  return { summary, progress, mutates, reasons: METHOD_REASONS[name], ...schemas };
}

function callDoc(name: CallName): CallDoc {
  const { summary, params, result } = callSpec(name);
  return { summary, ...inAndOut(name, params, result) };
}

function inAndOut(
  name: string,
  params: z.ZodType,
  result: z.ZodType,
): Pick<MethodDoc, 'params' | 'result'> {
  const { properties = {} } = convert({ [name]: z.object({ params, result }) })[name] ?? {};
  return { params: schemaOf(properties['params']), result: schemaOf(properties['result']) };
}

/** The named types and `more`, each by its name; one refers to another by its name. */
function convert(more: Readonly<Record<string, z.ZodType>>): Record<string, JsonSchema> {
  const registry = z.registry<{ id: string; description?: string }>();
  for (const [id, schema] of Object.entries({ ...NAMED, ...more })) {
    const { description } = schema;
    registry.add(schema, description === undefined ? { id } : { id, description });
  }
  const { schemas } = z.toJSONSchema(registry, {
    uri: (id) => `${DEFINITIONS}${id}`,
    // As the reader of a message sees it: unknown fields are allowed.
    io: 'input',
    override: ({ jsonSchema }) => dropSafeBounds(jsonSchema),
  });
  return schemas;
}

/** Every integer is a safe one; saying so at each of them hides the bounds that matter. */
function dropSafeBounds(schema: JsonSchema): void {
  if (schema.maximum === Number.MAX_SAFE_INTEGER) delete schema.maximum;
  if (schema.minimum === Number.MIN_SAFE_INTEGER) delete schema.minimum;
}

function withoutHeader(schema: JsonSchema): JsonSchema {
  const copy = { ...schema };
  delete copy.$schema;
  delete copy.$id;
  return copy;
}

/** JSON Schema also has `true` and `false` as schemas; none of ours is. */
export function schemaOf(schema: JsonSchema | boolean | undefined): JsonSchema {
  return typeof schema === 'object' ? schema : {};
}
