import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { AGENT, build, COMPILED, ROOT } from './bench/build.mjs';
import { Bulwark } from './bench/bulwark.mjs';
import { commitsOf, compressedCopies, replay } from './bench/history.mjs';
import { diskUsage, median, settleDisk } from './bench/measure.mjs';
import { describeMachine, writePage } from './bench/report.mjs';
import { storePage, storeTables } from './bench/store-report.mjs';
import { installedTools } from './bench/tools.mjs';
import {
  CannotRun,
  changeFiles,
  copyTree,
  defaultTree,
  measureTree,
  spread,
  warm,
} from './bench/tree.mjs';

const CODECS = ['zstd', 'lz4', 'gzip', 'none'];
/** So many files are changed before a backup that is not the first. */
const CHANGED = 1000;
const HELP = `Measures what the store does a second, by kind of backup and codec, and what it takes on disk.

  npm run bench:store -- [options]

  --tree DIR      the tree; a copy of it is used. Debian's kernel sources unless told
  --runs N        rounds; the medians count (3)
  --history DIR   a git repository whose commits are replayed (this checkout)
  --commits N     so many of them (200)
  --scratch DIR   where copies and stores are made and removed again (${tmpdir()})
  --write         put the tables into docs/performance-of-the-store.md

  Example: npm run bench:store -- --runs 1
`;

const OPTIONS = {
  tree: { type: 'string' },
  runs: { type: 'string', default: '3' },
  history: { type: 'string', default: ROOT },
  commits: { type: 'string', default: '200' },
  scratch: { type: 'string', default: tmpdir() },
  write: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
};

function agentIn(home) {
  return new Bulwark({ agentScript: AGENT, compiled: COMPILED, home });
}

/** Notes figures by row and column. */
class Notes {
  #figures = new Map();

  add(row, column, figure) {
    const key = `${row}\n${column}`;
    this.#figures.set(key, [...(this.#figures.get(key) ?? []), figure]);
    console.error(`  ${row}, ${column}: ${Math.round(figure)}`);
  }

  /** The medians, by row and column. */
  get medians() {
    const all = {};
    for (const [key, figures] of this.#figures) {
      const [row, column] = key.split('\n');
      (all[row] ??= {})[column] = median(figures);
    }
    return all;
  }
}

/** One life of a store of a codec: every kind of backup, a restore, a look at everything. */
async function measureCodec({ codec, tree, files, scratch, turn, notes }) {
  const agent = agentIn(path.join(scratch, codec));
  const timed = async (row, work) => {
    settleDisk();
    const cost = await work();
    notes.add(row, codec, cost.ms);
    return cost;
  };
  await agent.start({ codec });
  try {
    await warm(tree, files);
    await timed('first', () => agent.protect(tree));
    notes.add('size', codec, await agent.storeBytes());
    for (const [i, kind] of ['incremental', 'differential', 'full'].entries()) {
      await changeFiles(tree, spread(files, CHANGED, turn + i), `${codec} ${turn} ${kind}`);
      await timed(kind, () => agent.backUp(tree, kind));
    }
    const to = path.join(scratch, `${codec}-restored`);
    await mkdir(to);
    await timed('restore', () => agent.restore(tree, to));
    await rm(to, { recursive: true });
    await timed('verify', () => agent.verify());
    await timed('catalog', () => agent.rebuildCatalog());
    const { result } = await agent.drill(tree);
    notes.add('recovery', codec, result.sources[0].restoreMs);
  } finally {
    await agent.stop();
  }
}

async function measureTool({ make, name, tree, files, scratch, notes }) {
  const home = path.join(scratch, name);
  await mkdir(home);
  const tool = make(home);
  const timed = async (row, work) => {
    settleDisk();
    notes.add(row, name, (await work()).ms);
  };
  await tool.init();
  await warm(tree, files);
  await timed('first', () => tool.backup(tree));
  notes.add('size', name, await diskUsage(tool.store));
  await changeFiles(tree, spread(files, CHANGED, 1), name);
  await timed('incremental', () => tool.backup(tree));
  const to = path.join(scratch, `${name}-restored`);
  await mkdir(to);
  await timed('restore', () => tool.restore(tree, to));
  await rm(to, { recursive: true });
  await timed('verify', () => tool.verify());
}

/** What a store takes after a snapshot of each of many commits. */
async function measureOverhead({ history, count, scratch }) {
  const commits = commitsOf(history, count);
  const folder = path.join(scratch, 'history');
  const agent = agentIn(path.join(scratch, 'history-home'));
  await agent.start();
  try {
    let isProtected = false;
    await replay({ repository: history, commits, folder }, async () => {
      if (isProtected) await agent.snapshot(folder);
      else await agent.protect(folder);
      isProtected = true;
    });
    return {
      commits: commits.length,
      packBytes: await diskUsage(path.join(agent.home, 'store', 'packs')),
      catalogBytes: await diskUsage(path.join(agent.home, 'store', 'catalog')),
      copies: await compressedCopies({
        repository: history,
        commits,
        file: path.join(scratch, 'copy'),
      }),
      lastBytes: (await measureTree(folder)).bytes,
    };
  } finally {
    await agent.stop();
  }
}

async function bench(values, scratch) {
  const runs = Number(values.runs);
  const count = Number(values.commits);
  if (!Number.isInteger(runs) || runs < 1) throw new CannotRun('--runs needs a number from 1 on');
  if (!Number.isInteger(count) || count < 1)
    throw new CannotRun('--commits needs a number from 1 on');
  build(AGENT);
  const machine = describeMachine(scratch);
  const overhead = await measureOverhead({
    history: path.resolve(values.history),
    count,
    scratch,
  });
  const tree = path.join(scratch, 'tree');
  await copyTree(values.tree === undefined ? await defaultTree() : path.resolve(values.tree), tree);
  const { files, bytes } = await measureTree(tree);
  const tools = installedTools().filter(({ name }) => name === 'restic' || name === 'borg');
  const notes = new Notes();
  for (let turn = 0; turn < runs; turn++) {
    console.error(`Round ${turn + 1} of ${runs}`);
    const place = path.join(scratch, `round-${turn}`);
    await mkdir(place);
    for (const codec of CODECS)
      await measureCodec({ codec, tree, files, scratch: place, turn, notes });
    for (const tool of tools) await measureTool({ ...tool, tree, files, scratch: place, notes });
    await rm(place, { recursive: true, force: true });
  }
  return {
    date: new Date().toISOString().slice(0, 10),
    machine,
    runs,
    tree: { files: files.length, bytes },
    tools: tools.map(({ name, version, note }) => ({ name, version, note })),
    columns: [...CODECS, ...tools.map(({ name }) => name)],
    figures: notes.medians,
    overhead,
  };
}

async function main(argv) {
  const { values } = parseArgs({ args: argv, options: OPTIONS });
  if (values.help) return void process.stdout.write(HELP);
  const scratch = await mkdtemp(path.join(await realpath(values.scratch), 'bulwark-bench-'));
  try {
    const result = await bench(values, scratch);
    process.stdout.write(storeTables(result));
    if (values.write)
      await writePage(path.join(ROOT, 'docs/performance-of-the-store.md'), storePage(result));
    const results = path.join(ROOT, 'test-results');
    await mkdir(results, { recursive: true });
    await writeFile(path.join(results, 'bench-store.json'), JSON.stringify(result, null, 2));
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof CannotRun)) throw error;
  console.error(`bench:store: ${error.message}`);
  process.exitCode = 2;
}
