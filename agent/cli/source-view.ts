import type { DataSourceInfo } from '../protocol/source-entities';
import { displayPath, formatAge, formatCount, shortenMiddle } from './format';
import type { ViewContext } from './snapshot-view';
import { printable, type Style } from './style';
import { tableLines } from './table';

/** A table with a row for each data source. */
export function sourceTable(sources: readonly DataSourceInfo[], view: ViewContext): string[] {
  const { style } = view;
  return tableLines(
    [
      { head: 'SOURCE' },
      { head: 'KIND' },
      { head: 'STATE' },
      { head: 'LAST BACKUP' },
      { head: 'SNAPSHOTS', align: 'right' },
      { head: 'PROGRAM' },
      { head: 'PLACE' },
    ],
    sources.map((source) => [
      source.name,
      source.kind,
      stateText(source.state, style),
      source.lastSnapshot === null
        ? style.yellow('never')
        : formatAge(source.lastSnapshot.createdAt, view.now),
      formatCount(source.snapshots),
      printable(source.program ?? '-'),
      source.kind === 'records'
        ? '-'
        : shortenMiddle(displayPath(source.path, view.homedir), Math.max(20, view.columns - 80)),
    ]),
    style,
  );
}

/** Why no backup of a source is taken now. */
export function sourceNotes(sources: readonly DataSourceInfo[], { style }: ViewContext): string[] {
  return sources.flatMap(({ name, state }) => {
    if (state.kind === 'failing')
      return [`${style.red('failing')} ${name}: ${printable(state.message)}`];
    if (state.kind === 'waiting')
      return [`${style.yellow('waiting')} ${name} is not backed up until its program runs again`];
    return [];
  });
}

function stateText(state: DataSourceInfo['state'], style: Style): string {
  switch (state.kind) {
    case 'ready':
      return style.green('ready');
    case 'current':
      return style.green('current');
    case 'capturing':
      return style.cyan('being backed up');
    case 'pending':
      return style.cyan('changes settling');
    case 'waiting':
      return style.yellow('waiting for its program');
    case 'never':
      return style.yellow('no backup yet');
    case 'failing':
      return style.red('failing');
  }
}
