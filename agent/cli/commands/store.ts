import type { Command } from 'commander';
import type { StoreStats } from '../../protocol/store-entities';
import { displayPath, formatBytes, formatCount, formatDuration, plural } from '../format';
import { integrityText } from '../integrity-view';
import { storeJson } from '../json-shapes';
import { describeCommand, exampleText, jsonOption, type Registrar } from '../program';
import type { Run } from '../run';
import { pairLines } from '../table';
import { viewOf } from '../view-context';
import { registerKeyExport } from './key-export';
import { registerStoreRecover } from './store-recover';

/** `bulwark store stats|rebuild-catalog|export-key|recover` */
export function registerStore(program: Command, { run, does }: Registrar): void {
  const store = program
    .command('store')
    .summary('Look after the store: its size, its catalog, its recovery')
    .description('Look after the store: its size, its catalog, its recovery.')
    .addOption(jsonOption())
    .addHelpText('after', exampleText([['bulwark store stats', 'sizes, counts and free space']]));

  describeCommand(store, {
    name: 'stats',
    summary: 'Show what the store holds and how large it is',
    examples: [['bulwark store stats', 'sizes, counts and free space']],
  }).action(() =>
    does(async () => {
      const stats = await run.ask(await run.connect(), 'store/stats', {});
      run.result(storeJson(stats));
      run.print(...pairLines(statPairs(stats, run), run.style));
    }),
  );

  describeCommand(store, {
    name: 'rebuild-catalog',
    summary: 'Make the catalog again from the packs',
    more: 'The old catalog is thrown away. No snapshot is lost by it.',
    examples: [
      ['bulwark store rebuild-catalog', 'when "bulwark verify" finds errors in the catalog'],
    ],
  }).action(() =>
    does(async () => {
      const rebuilt = await run.ask(
        await run.connect(),
        'store/rebuildCatalog',
        {},
        'The catalog was not rebuilt; the packs, which hold everything, are untouched.',
      );
      run.result(rebuilt);
      run.print(
        `${run.style.green('Catalog rebuilt')} from ${plural(rebuilt.packs, 'pack')}: ` +
          `${plural(rebuilt.snapshots, 'snapshot')}, ${plural(rebuilt.blobs, 'blob')}, ` +
          `in ${formatDuration(rebuilt.durationMs)}`,
      );
    }),
  );

  registerKeyExport(store, 'export-key', { run, does });
  registerStoreRecover(store, { run, does });
}

function statPairs(stats: StoreStats, run: Run): (readonly [string, string])[] {
  const ratio = stats.packBytes === 0 ? 0 : stats.protectedBytes / stats.packBytes;
  return [
    ['folder', displayPath(stats.path, run.environment.homedir)],
    ['snapshots', `${formatCount(stats.snapshots)}, ${formatBytes(stats.protectedBytes)} in all`],
    [
      'packs',
      `${formatCount(stats.packs)}, ${formatBytes(stats.packBytes)}` +
        (ratio > 0 ? ` (${ratio.toFixed(1)} times smaller than what they protect)` : ''),
    ],
    ['catalog', formatBytes(stats.catalogBytes)],
    ['blobs', `${formatCount(stats.blobs)}, ${formatBytes(stats.blobBytes)} before compression`],
    ['free on disk', formatBytes(stats.freeBytes)],
    ['codec', stats.codec],
    ['integrity', integrityText(stats.integrity, viewOf(run))],
  ];
}
