import { spawnSync } from 'node:child_process';
import { statfsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import os from 'node:os';
import { ROWS } from './rows.mjs';

/** What the run was done on. */
export function describeMachine(scratch) {
  const { type, bsize, blocks } = statfsSync(scratch);
  const found = spawnSync('df', ['-T', scratch], { encoding: 'utf8' }).stdout ?? '';
  const fileSystem = found.split('\n')[1]?.split(/\s+/)[1] ?? `type ${type}`;
  return {
    cpu: os.cpus()[0]?.model ?? 'unknown',
    cores: os.cpus().length,
    memoryBytes: os.totalmem(),
    disk: { fileSystem, bytes: bsize * blocks },
    system: `${os.type()} ${os.release()} ${os.arch()}`,
    node: process.version,
    loadAtStart: os.loadavg()[0],
  };
}

/** The rows with their ratios and whether they keep the limit. */
export function judge(figures, chosen) {
  return ROWS.filter(({ id }) => chosen.has(id) && figures[id] !== undefined).map((row) => {
    const values = figures[row.id];
    const base =
      row.compares === undefined ? figures[row.against ?? row.id]?.restic : values.bulwark;
    const own = row.compares === undefined ? values.bulwark : figures[row.compares]?.bulwark;
    const judged = row.limit !== null && base !== undefined && own !== undefined;
    const ratio = judged ? own / base : null;
    return { ...row, values, ratio, kept: ratio === null ? null : ratio <= row.limit };
  });
}

/** @returns {string} the table as Markdown */
export function table(rows, names) {
  const head = ['work', ...names, 'ratio', 'at most', 'kept'];
  const body = rows.map((row) => [
    row.title,
    ...names.map((name) => show(row.values[name], row.unit)),
    row.ratio === null ? '' : row.ratio.toFixed(3),
    limitOf(row),
    keptOf(row),
  ]);
  const widths = head.map((_, i) => Math.max(...[head, ...body].map((line) => line[i].length)));
  const line = (cells) => `| ${cells.map((cell, i) => cell.padEnd(widths[i])).join(' | ')} |`;
  const rule = `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`;
  return [line(head), rule, ...body.map(line)].join('\n');
}

function limitOf({ limit, compares }) {
  if (limit === null) return '';
  return `${limit} × ${compares === undefined ? 'restic' : 'this, for the large tree'}`;
}

function keptOf({ limit, kept }) {
  if (limit === null) return '';
  return kept === null ? '?' : kept ? 'yes' : '**no**';
}

/** Writes a page as the project's formatter wants it. */
export async function writePage(file, text) {
  const { format, resolveConfig } = await import('prettier');
  const style = await resolveConfig(file);
  await writeFile(file, await format(text, { ...style, filepath: file }));
}

/** @returns {string} docs/PERFORMANCE.md */
export function document(result) {
  const { machine, tree, runs, date, rows, programs } = result;
  const names = programs.map(({ name }) => name);
  const gib = (bytes) => `${(bytes / 2 ** 30).toFixed(1)} GiB`;
  return `# Performance

\`npm run bench\` wrote this (\`npm run bench -- --write\`); \`--help\` lists its options. All programs
ran side by side, on one copy of the same tree, each with a fresh store. Figures are the medians of
${runs} warm run${runs === 1 ? '' : 's'}. Absolute figures belong to this machine; the ratios are what Bulwark promises.

${table(rows, names)}

| what        | value |
| ----------- | ----- |
| date        | ${date} |
| tree        | ${tree.files.toLocaleString('en')} files, ${(tree.bytes / 1e9).toFixed(2)} GB |
| processor   | ${machine.cpu}, ${machine.cores} cores |
| memory      | ${gib(machine.memoryBytes)} |
| disk        | ${machine.disk.fileSystem}, ${gib(machine.disk.bytes)} |
| system      | ${machine.system}, Node ${machine.node} |
| load before | ${machine.loadAtStart.toFixed(1)} |
${programs.map(({ name, version, note }) => `| ${name.padEnd(11)} | ${version} (${note}) |`).join('\n')}

## What is measured

- **start**: from no agent and no store until the agent answers on its socket; it runs all day.
- **first snapshot**: from the request \`worktree/protect\` until its answer, when the tree is watched
  and all of it durable. The others: the backup, without making the repository. Peak memory is the kernel's \`VmHWM\` of the process, read in the same way for all.
- **nothing changed, full scan**: the folder is unprotected, so that the agent knows nothing from
  watching; then \`worktree/protect\`, which starts to watch and looks at every entry, and
  \`snapshot/create\` together. The others: a second backup.
- **changed, watched**: lines are appended to files that are spread over the tree; then
  \`snapshot/create\` on an open connection, from the request until the answer. Automatic snapshots are
  put off, so that the whole change is left for it. The median of five for a single file. The others
  back the same changes up by their scans, with the start of their process.
- **a tree of 1,000**: files of the same tree; the ratio is the large tree's time to this one's.
- **restore**: plan, staging, apply and reading back for Bulwark; the others read nothing back. A
  sample of the restored files is compared byte by byte, outside of the time.
- **over a tree with 100 differing files**: plan, safety snapshot, apply and reading back, against
  restic's restore of everything.
- **verify**: \`store/verify\`; \`restic check --read-data\`, \`borg check --verify-data\`, \`git fsck --full\`.
- **size**: space on disk of packs and catalog after the first snapshot; the others' repository,
  without their caches.
`;
}

function show(value, unit) {
  if (value === undefined) return '–';
  if (unit === 'bytes') return `${(value / 1e6).toFixed(0)} MB`;
  return value < 1000 ? `${value.toFixed(0)} ms` : `${(value / 1000).toFixed(2)} s`;
}
