/**
 * What is told in MB of the tree a second, and in which rows; the floors and goals are those of the
 * first description of the system (the goal is three times the floor).
 */
const SPEEDS = [
  { id: 'first', title: 'first backup', floor: 100 },
  { id: 'incremental', title: 'incremental, 1,000 files changed', floor: 100 },
  { id: 'differential', title: 'differential, 1,000 files changed', floor: 100 },
  { id: 'full', title: 'full: every byte read and proven', floor: 100 },
  { id: 'restore', title: 'restore into an empty folder', floor: 150 },
  { id: 'verify', title: 'verify, everything read', floor: 200 },
];
const TIMES = [
  { id: 'recovery', title: 'recovery of the whole tree, as a drill measures it' },
  { id: 'catalog', title: 'catalog made again from the packs' },
];

function grid(head, rows) {
  const line = (cells) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

/** @returns {string} the tables as Markdown */
export function storeTables({ columns, figures, tree, overhead }) {
  const figure = (row, column) => figures[row]?.[column] ?? null;
  const mb = tree.bytes / 1e6;
  const speeds = SPEEDS.map(({ id, title, floor }) => [
    title,
    ...columns.map((column) => {
      const ms = figure(id, column);
      return ms === null ? '–' : String(Math.round((mb / ms) * 1000));
    }),
    String(floor),
    String(3 * floor),
  ]);
  const times = TIMES.map(({ id, title }) => [
    title,
    ...columns.map((column) => {
      const ms = figure(id, column);
      return ms === null ? '–' : `${(ms / 1000).toFixed(2)} s`;
    }),
    '',
    '',
  ]);
  const sizes = [
    'store after the first backup',
    ...columns.map((column) => {
      const bytes = figure('size', column);
      return bytes === null ? '–' : `${Math.round(bytes / 1e6)} MB`;
    }),
    '',
    '',
  ];
  const { commits, packBytes, catalogBytes, copies, lastBytes } = overhead;
  const mega = (count) => (count / 1e6).toFixed(1);
  const above = (copy) => ((packBytes / copy - 1) * 100).toFixed(0);
  return `${grid(['MB of the tree a second', ...columns, 'floor', 'goal'], [...speeds, ...times, sizes])}

After a snapshot of each of ${commits} commits of a real history the packs take ${mega(packBytes)} MB, with
everything that a snapshot has beside its files. Each content of those commits once, compressed by itself
as it must be to be read by itself, takes ${mega(copies.apart)} MB: the packs are ${above(copies.apart)} % above that, where less than
20 % is the goal. All contents in one stream of zstd, of which no single file can be read without what
is before it, take ${mega(copies.stream)} MB. The catalog, which can be made again from the packs, takes ${mega(catalogBytes)} MB; most of
that is the log of LevelDB, which does not grow with the store. The files of the last commit alone have
${mega(lastBytes)} MB.
`;
}

/** @returns {string} docs/performance-of-the-store.md */
export function storePage(result) {
  const { machine, tools, tree, runs, date } = result;
  return `# Performance of the store

\`npm run bench:store -- --write\` wrote this; \`--help\` lists its options. Figures are the medians of
${runs} round${runs === 1 ? '' : 's'}, each with fresh stores, of a tree of ${tree.files.toLocaleString('en')} files and ${(tree.bytes / 1e9).toFixed(2)} GB, on
${machine.cpu}, ${machine.cores} cores, ${machine.disk.fileSystem}, ${machine.system}, Node ${machine.node}, ${date}.
Speeds count the bytes of the tree, not those that had to be moved for it. Absolute figures belong to
this machine.

${storeTables(result)}
${tools.map(({ name, version, note }) => `${name}: ${version} (${note}).`).join(' ')} Their second backup is
told as an incremental one; they have no other kinds. Bulwark's restore reads back and compares what it
wrote, theirs does not. What the journal costs is measured by \`npm run bench:journal\`, garbage collection
by \`node scripts/bench/gc.mjs\`, and the work beside other programs is on [another page](PERFORMANCE.md).
`;
}
