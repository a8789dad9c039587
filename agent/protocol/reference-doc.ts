import { COMMON_REASONS, REASON_MEANINGS } from './errors-doc';
import {
  schemaOf,
  type CallDoc,
  type JsonSchema,
  type MethodDoc,
  type ProtocolDoc,
} from './schema-doc';
import { cell, itemsOf, typeText } from './types-doc';

/** The chapters of `docs/PROTOCOL.md` that list everything: methods, events, reasons and types. */
export function referenceText({ methods, calls, $defs }: ProtocolDoc): string {
  const { agentEvent = {}, ...types } = $defs;
  return [
    '## Methods',
    table(
      ['Method', 'What it does', 'Progress', 'Changes something'],
      Object.entries(methods).map(([name, { summary, progress, mutates }]) => [
        `[\`${name}\`](#${name.replace('/', '').toLowerCase()})`,
        summary,
        progress ? 'yes' : '',
        mutates ? 'yes' : '',
      ]),
    ),
    ...Object.entries(methods).map(([name, method]) => methodText(name, method)),
    '## Calls',
    'What the agent asks of a program that has registered a data source, or said what it `recovers`; see [Requests of the agent](#requests-of-the-agent).',
    table(
      ['Call', 'What it asks for'],
      Object.entries(calls).map(([name, { summary }]) => [
        `[\`${name}\`](#${name.replace('/', '').toLowerCase()})`,
        summary,
      ]),
    ),
    ...Object.entries(calls).map(([name, call]) => callText(name, call)),
    '## Kinds of events',
    'What `params.event` of the notification `event` can be. Ignore kinds that you do not know.',
    ...(agentEvent.oneOf ?? []).map((kind) => eventText(kind)),
    '## Reasons',
    'What `error.data.reason` can be. Texts of errors may change from version to version, reasons do not; a later version may have more of them.',
    table(
      ['Reason', 'What it means'],
      Object.entries(REASON_MEANINGS).map(([reason, meaning]) => [`\`${reason}\``, meaning]),
    ),
    `Any request can fail with ${reasonList(COMMON_REASONS)}.`,
    '## Types',
    ...Object.entries(types).map(([name, schema]) => namedTypeText(name, schema)),
    '### agentEvent',
    'One of the [kinds of events](#kinds-of-events).',
  ].join('\n\n');
}

function methodText(name: string, method: MethodDoc): string {
  const notes = [
    method.progress ? 'Reports [progress](#progress-and-cancellation).' : '',
    method.mutates || method.progress ? 'Refused while the agent drains.' : '',
  ].filter((note) => note !== '');
  return [
    `### \`${name}\``,
    [method.summary, ...notes].join(' '),
    section('Parameters', method.params),
    section('Result', method.result),
    ...(method.reasons.length === 0 ? [] : [`**Reasons** ${reasonList(method.reasons)}`]),
  ].join('\n\n');
}

function callText(name: string, { summary, params, result }: CallDoc): string {
  return [
    `### \`${name}\``,
    summary,
    section('Parameters', params),
    section('Result', result),
  ].join('\n\n');
}

function section(title: string, schema: JsonSchema): string {
  const body = bodyText(schema);
  return body.includes('\n') ? `**${title}**\n\n${body}` : `**${title}** ${body}`;
}

function bodyText(schema: JsonSchema): string {
  if (schema.oneOf !== undefined)
    return ['One of:', ...schema.oneOf.map((one) => `- ${variantText(one)}`)].join('\n');
  const fields = fieldRows(schema, '');
  if (fields.length === 0)
    return schema.type === 'object' && schema.properties !== undefined
      ? 'none: `{}`'
      : typeText(schema);
  return table(['Field', 'Type', 'What it is'], fields);
}

function variantText(schema: JsonSchema): string {
  const description = schemaOf(schema.properties?.['kind']).description;
  return `${typeText(schema)}${description === undefined ? '' : `: ${description}`}`;
}

/** One row a field; objects without a name of their own are spread out as `a.b` and `a[].b`. */
function fieldRows(schema: JsonSchema, prefix: string): string[][] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, value]) => {
    const field = schemaOf(value);
    const required = schema.required?.includes(name) === true;
    const path = `${prefix}${name}`;
    const { inner, suffix, type } = spread(field);
    const row = [
      `\`${path}\`${required ? '' : ' (optional)'}`,
      inner === null ? typeText(field) : type,
      field.description ?? '',
    ];
    return inner === null ? [row] : [row, ...fieldRows(inner, `${path}${suffix}.`)];
  });
}

interface Spread {
  readonly inner: JsonSchema | null;
  readonly suffix: string;
  readonly type: string;
}

function spread(field: JsonSchema): Spread {
  if (hasFields(field)) return { inner: field, suffix: '', type: 'object' };
  const items = itemsOf(field);
  if (field.type === 'array' && hasFields(items))
    return { inner: items, suffix: '[]', type: 'list of objects' };
  const [only, ...others] = (field.anyOf ?? []).filter(({ type }) => type !== 'null');
  if (only !== undefined && others.length === 0 && hasFields(only))
    return { inner: only, suffix: '', type: 'object or null' };
  return { inner: null, suffix: '', type: '' };
}

function hasFields(schema: JsonSchema): boolean {
  return schema.$ref === undefined && Object.keys(schema.properties ?? {}).length > 0;
}

function eventText(schema: JsonSchema): string {
  const { kind, ...properties } = schema.properties ?? {};
  const required = (schema.required ?? []).filter((name) => name !== 'kind');
  const name = String(schemaOf(kind).const);
  return `### Event \`${name}\`\n\n${bodyText({ ...schema, properties, required })}`;
}

function namedTypeText(name: string, schema: JsonSchema): string {
  const { description, ...rest } = schema;
  const body = bodyText(rest);
  return [`### ${name}`, ...(description === undefined ? [] : [sentence(description)]), body].join(
    '\n\n',
  );
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

function reasonList(reasons: readonly string[]): string {
  return [...new Set(reasons)].map((reason) => `\`${reason}\``).join(', ');
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.map(cell).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}
