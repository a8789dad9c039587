import { DEFINITIONS, schemaOf, type JsonSchema, type ProtocolDoc } from './schema-doc';
import { itemsOf } from './types-doc';

const HEADER = `"""The types of the protocol: what goes over the wire, as the agent's own schemas have it.

Written by \`npm run protocol:generate\`; do not edit.
"""

# ruff: noqa
from __future__ import annotations

from typing import TYPE_CHECKING, Any, Dict, List, Literal, TypedDict, Union

if TYPE_CHECKING:
    from typing_extensions import NotRequired
`;

/** Words that no name of a Python class body can be. */
const KEYWORDS = new Set(
  'False None True and as assert async await break class continue def del elif else except finally for from global if import in is lambda nonlocal not or pass raise return try while with yield'.split(
    ' ',
  ),
);

/**
 * The types of the protocol for Python (3.10 or newer): a \`TypedDict\` for each object, a name for
 * each named type, and \`XyzResult\` for what a method answers.
 */
export function pythonTypes({ methods, $defs }: ProtocolDoc): string {
  const types = new PythonTypes();
  for (const [name, schema] of Object.entries($defs)) types.named(pascal(name), schema);
  for (const [name, { result }] of Object.entries(methods))
    types.named(`${pascal(name)}Result`, result);
  types.alias('MethodName', literals(Object.keys(methods)));
  return `${HEADER}\n${types.text}`;
}

class PythonTypes {
  readonly #blocks: string[] = [];

  get text(): string {
    return this.#blocks.join('');
  }

  /** Writes a type under this name. */
  named(name: string, schema: JsonSchema): void {
    const type = this.#type(schema, name);
    // An object has been written under its name already.
    if (type !== reference(name)) this.alias(name, type);
  }

  alias(name: string, type: string): void {
    const value = type.startsWith('<') ? `Union[${type}]` : type;
    this.#blocks.push(`\n${name} = ${quoted(value)}\n`);
  }

  /** @param name of objects that have none of their own */
  #type(schema: JsonSchema, name: string): string {
    if (schema.$ref !== undefined) return reference(pascal(schema.$ref.slice(DEFINITIONS.length)));
    if (schema.const !== undefined) return literals([schema.const]);
    if (schema.enum !== undefined) return literals(schema.enum);
    const alternatives = schema.anyOf ?? schema.oneOf;
    if (alternatives !== undefined) return this.#union(alternatives, name);
    if (Array.isArray(schema.type)) return union(schema.type.map((type) => simple(type)));
    if (schema.type === 'array') return `List[${this.#type(itemsOf(schema), `${name}Item`)}]`;
    return schema.type === 'object' ? this.#object(schema, name) : simple(schema.type);
  }

  #union(alternatives: readonly JsonSchema[], name: string): string {
    const unnamed = alternatives.filter(
      ({ type, $ref }) => $ref === undefined && type === 'object',
    );
    return union(
      alternatives.map((one) => {
        const kind = schemaOf(one.properties?.['kind']).const;
        if (typeof kind === 'string') return this.#type(one, `${name}${pascal(kind)}`);
        const number = unnamed.length > 1 ? String(unnamed.indexOf(one) + 1) : '';
        return this.#type(one, `${name}${number}`);
      }),
    );
  }

  #object(schema: JsonSchema, name: string): string {
    const fields = Object.entries(schema.properties ?? {}).map(([field, value]) => {
      const type = this.#type(schemaOf(value), `${name}${pascal(field)}`);
      const isRequired = schema.required?.includes(field) === true;
      return [field, isRequired ? type : `NotRequired[${type}]`] as const;
    });
    if (fields.length === 0) {
      const values = schemaOf(schema.additionalProperties);
      return `Dict[str, ${Object.keys(values).length === 0 ? 'Any' : this.#type(values, `${name}Value`)}]`;
    }
    this.#blocks.push(
      fields.every(([field]) => isIdentifier(field))
        ? `\n\nclass ${name}(TypedDict):\n${fields.map(([field, type]) => `    ${field}: ${quoted(type)}\n`).join('')}\n`
        : functional(name, fields),
    );
    return reference(name);
  }
}

/** The form for fields whose names are words of Python; each type is a text, in which none is. */
function functional(name: string, fields: readonly (readonly [string, string])[]): string {
  const lines = fields.map(
    ([field, type]) => `        ${JSON.stringify(field)}: '${type.replaceAll(/[<>]/g, '')}',\n`,
  );
  return `\n${name} = TypedDict(\n    "${name}",\n    {\n${lines.join('')}    },\n)\n`;
}

function union(types: readonly string[]): string {
  return `Union[${[...new Set(types)].join(', ')}]`;
}

function literals(values: readonly unknown[]): string {
  return `Literal[${values.map(literal).join(', ')}]`;
}

function literal(value: unknown): string {
  if (value === null) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  return JSON.stringify(value);
}

function simple(type: string | undefined): string {
  switch (type) {
    case 'string':
      return 'str';
    case 'integer':
      return 'int';
    case 'number':
      return 'float';
    case 'boolean':
      return 'bool';
    case 'null':
      return 'None';
    default:
      return 'Any';
  }
}

/** A type by its name, which may be written further down. */
function reference(name: string): string {
  return `<${name}>`;
}

/** References as Python has them. */
function quoted(type: string): string {
  return type.replaceAll(/<(\w+)>/g, '"$1"');
}

function isIdentifier(name: string): boolean {
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(name) && !KEYWORDS.has(name);
}

/** `snapshot/readFolder` as `SnapshotReadFolder`. */
function pascal(name: string): string {
  return name
    .split(/[^A-Za-z0-9]+/)
    .filter((word) => word !== '')
    .map((word) => `${word.charAt(0).toUpperCase()}${word.slice(1)}`)
    .join('');
}
