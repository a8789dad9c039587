import Table from 'cli-table3';
import type { Style } from './style';

/** A column: its heading, and which side its cells keep to. */
interface Column {
  readonly head: string;
  readonly align?: 'left' | 'right';
}

/** Lines of a table without borders; columns are set apart by two spaces. */
export function tableLines(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  style: Style,
): string[] {
  const table = new Table({
    chars: {
      top: '',
      'top-mid': '',
      'top-left': '',
      'top-right': '',
      bottom: '',
      'bottom-mid': '',
      'bottom-left': '',
      'bottom-right': '',
      left: '',
      'left-mid': '',
      mid: '',
      'mid-mid': '',
      right: '',
      'right-mid': '',
      middle: '  ',
    },
    style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [] },
    colAligns: columns.map((column) => column.align ?? 'left'),
  });
  table.push(
    columns.map((column) => style.dim(column.head)),
    ...rows.map((row) => [...row]),
  );
  return table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd());
}

/** Lines of `name  value` pairs, the values below one another. */
export function pairLines(pairs: readonly (readonly [string, string])[], style: Style): string[] {
  const width = Math.max(0, ...pairs.map(([name]) => name.length));
  return pairs.map(([name, value]) => `${style.dim(name.padEnd(width))}  ${value}`);
}
