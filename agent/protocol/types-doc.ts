import { DEFINITIONS, schemaOf, type JsonSchema } from './schema-doc';

/** A JSON Schema as a few words of Markdown, for a cell of a table. */
export function typeText(schema: JsonSchema): string {
  if (schema.$ref !== undefined) return link(schema.$ref);
  if (schema.const !== undefined) return code(schema.const);
  if (schema.enum !== undefined) return schema.enum.map(code).join(' or ');
  const alternatives = schema.anyOf ?? schema.oneOf;
  if (alternatives !== undefined) return alternatives.map((one) => typeText(one)).join(' or ');
  if (Array.isArray(schema.type)) return schema.type.join(' or ');
  switch (schema.type) {
    case 'array':
      return `list of ${typeText(itemsOf(schema))}${sizeText(schema.maxItems, 'at most ')}`;
    case 'object':
      return objectText(schema);
    case 'string':
      return `string${schema.pattern === undefined ? '' : ` like \`${schema.pattern}\``}`;
    case 'integer':
    case 'number':
      return `${schema.type}${rangeText(schema)}`;
    default:
      return schema.type ?? 'anything';
  }
}

/** What a list is a list of. */
export function itemsOf(schema: JsonSchema): JsonSchema {
  return Array.isArray(schema.items) ? {} : schemaOf(schema.items);
}

/** Escapes what would end a cell of a table. */
export function cell(text: string): string {
  return text.replaceAll('|', String.raw`\|`).replaceAll('\n', ' ');
}

function objectText(schema: JsonSchema): string {
  const fields = Object.entries(schema.properties ?? {}).map(([name, field]) => {
    const optional = schema.required?.includes(name) === true ? '' : '?';
    return `${name}${optional}: ${typeText(schemaOf(field))}`;
  });
  if (fields.length > 0) return `{ ${fields.join(', ')} }`;
  const values = schemaOf(schema.additionalProperties);
  return Object.keys(values).length === 0 ? '{}' : `object of ${typeText(values)}`;
}

function rangeText({ minimum, maximum, exclusiveMinimum }: JsonSchema): string {
  if (minimum !== undefined && maximum !== undefined) return ` ${minimum} to ${maximum}`;
  if (exclusiveMinimum !== undefined) return ` > ${exclusiveMinimum}`;
  return minimum === undefined ? '' : ` ≥ ${minimum}`;
}

function sizeText(size: number | undefined, prefix: string): string {
  return size === undefined ? '' : `, ${prefix}${size}`;
}

function link(ref: string): string {
  const name = ref.slice(DEFINITIONS.length);
  return `[${name}](#${name.toLowerCase()})`;
}

function code(value: unknown): string {
  return `\`${JSON.stringify(value)}\``;
}
