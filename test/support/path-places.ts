import type { JsonSchema } from '../../agent/protocol/schema-doc';
import { DEFINITIONS, protocolDoc, schemaOf } from '../../agent/protocol/schema-doc';

/** Types of the protocol that are paths of the file system, and those inside a snapshot. */
const PATHS = ['absolutePath', 'placePath'];
const TREE_PATHS = ['treePath'];
/** Names of fields that are paths in all likelihood. */
const SOUNDS_LIKE_A_PATH = /^(?:path|paths|folder|folders|file|files|to|cwd|target)$/;

/** A place in the parameters of a method where a client names a path. */
export interface PathPlace {
  readonly method: string;
  /** `.source.path` … */
  readonly field: string;
  readonly inSnapshot: boolean;
  /** Parameters that are right but for the path. */
  readonly put: (path: string) => Readonly<Record<string, unknown>>;
}

/** What stands for the values of a type. */
export interface Samples {
  readonly path: string;
  readonly snapshot: string;
}

/**
 * Every place where a path is taken, found in the schemas, so that a new method with a path is
 * tried by itself.
 */
export function pathPlaces(samples: Samples): PathPlace[] {
  const doc = protocolDoc();
  return Object.entries(doc.methods).flatMap(([method, { params }]) =>
    [...walk(params, new Maker(doc.$defs, samples))].map(({ field, inSnapshot, put }) => ({
      method,
      field,
      inSnapshot,
      put: (path) => objectOf(put(path)),
    })),
  );
}

/** Fields whose names sound like a path and whose types are no path: `method.field`. */
export function doubtfulFields(): string[] {
  const doc = protocolDoc();
  return Object.entries(doc.methods).flatMap(([method, { params }]) =>
    Object.entries(params.properties ?? {})
      .filter(([name, schema]) => {
        const { type, $ref, anyOf, oneOf, enum: known } = schemaOf(schema);
        return (
          SOUNDS_LIKE_A_PATH.test(name) &&
          type === 'string' &&
          ($ref ?? anyOf ?? oneOf ?? known) === undefined
        );
      })
      .map(([name]) => `${method}.${name}`),
  );
}

interface Place {
  readonly field: string;
  readonly inSnapshot: boolean;
  readonly put: (path: string) => unknown;
}

function* walk(schema: JsonSchema, make: Maker): Generator<Place> {
  const name = schema.$ref?.slice(DEFINITIONS.length) ?? '';
  if (PATHS.includes(name) || TREE_PATHS.includes(name)) {
    yield { field: '', inSnapshot: TREE_PATHS.includes(name), put: (path) => path };
    return;
  }
  const whole = make.resolve(schema);
  for (const one of alternatives(whole)) yield* walk(one, make);
  if (whole.type === 'array' && isSchema(whole.items))
    for (const place of walk(whole.items, make))
      yield { ...place, field: `[]${place.field}`, put: (path) => [place.put(path)] };
  for (const [key, value] of Object.entries(whole.properties ?? {}))
    for (const place of walk(schemaOf(value), make))
      yield {
        ...place,
        field: `.${key}${place.field}`,
        put: (path) => ({ ...objectOf(make.sample(whole)), [key]: place.put(path) }),
      };
}

/** Makes the smallest value that a schema allows. */
class Maker {
  readonly #types: Readonly<Record<string, JsonSchema>>;
  readonly #samples: Samples;

  constructor(types: Readonly<Record<string, JsonSchema>>, samples: Samples) {
    this.#types = types;
    this.#samples = samples;
  }

  resolve(schema: JsonSchema): JsonSchema {
    const name = schema.$ref?.slice(DEFINITIONS.length);
    return name === undefined ? schema : this.resolve(this.#types[name] ?? {});
  }

  sample(schema: JsonSchema): unknown {
    const name = schema.$ref?.slice(DEFINITIONS.length) ?? '';
    if (PATHS.includes(name)) return this.#samples.path;
    if (name.startsWith('snapshot')) return this.#samples.snapshot;
    const whole = this.resolve(schema);
    if (whole.const !== undefined) return whole.const;
    if (whole.enum !== undefined) return whole.enum[0];
    const [first] = alternatives(whole);
    if (first !== undefined) return this.sample(first);
    switch (whole.type) {
      case 'string':
        return whole.pattern?.includes('[0-9a-f]{64}') === true ? 'a'.repeat(64) : 'sample';
      case 'integer':
      case 'number':
        return Math.max(1, whole.minimum ?? 1);
      case 'boolean':
        return true;
      case 'array':
        return isSchema(whole.items) ? [this.sample(whole.items)] : [];
      case 'object':
        return Object.fromEntries(
          (whole.required ?? []).map((key) => [
            key,
            this.sample(schemaOf(whole.properties?.[key])),
          ]),
        );
      default:
        return null;
    }
  }
}

function alternatives(schema: JsonSchema): JsonSchema[] {
  return [...(schema.anyOf ?? []), ...(schema.oneOf ?? [])].filter(isSchema);
}

function isSchema(value: unknown): value is JsonSchema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function objectOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}
