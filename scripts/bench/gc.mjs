/*
 * Garbage collection over 10,000 snapshots of a tree of 80,000 files: `node scripts/bench/gc.mjs`
 * after `npm run compile`. Prints a table; nothing is left behind.
 */
import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const require = createRequire(import.meta.url);
const agent = (path) => require(`../../out/agent/${path}.js`);
const { Repository } = agent('repository/repository');
const { collectGarbage } = agent('repository/gc/gc');
const { encodeTree, encodeTimes, totalsOf } = agent('repository/tree');
const { buildBlock, tableOf } = agent('repository/packs/block');
const { Codecs } = agent('repository/packs/codec');
const { toBlobId } = agent('repository/blob-id');
const { systemClock } = agent('support/clock');
const { silentLog } = agent('support/log');

const SNAPSHOTS = Number(process.env.BULWARK_BENCH_SNAPSHOTS ?? 10_000);
const WIDTH = 20; // folders in a folder, at three levels
const FILES = 10; // files in each of the lowest folders
const FILE_BYTES = 2000;

const folder = await mkdtemp(join(tmpdir(), 'bulwark-gc-bench-'));
const options = {
  path: join(folder, 'store'),
  keyFolder: join(folder, 'keys'),
  codec: 'zstd',
  clock: systemClock,
  log: silentLog,
};
const repository = await Repository.open(options);
const codecs = new Codecs();
const rows = [];

async function timed(name, work) {
  const started = performance.now();
  const result = await work();
  const seconds = (performance.now() - started) / 1000;
  const memory = process.memoryUsage.rss() / 1024 / 1024;
  rows.push({ step: name, seconds: seconds.toFixed(2), 'rss MiB': Math.round(memory), ...result });
}

async function deliver(contents) {
  const blobs = contents.map((bytes) => ({
    id: createHash('sha256').update(bytes).digest(),
    bytes,
  }));
  const wanted = repository.claim(Buffer.concat(blobs.map(({ id }) => id)));
  const fresh = blobs.filter((_, i) => wanted[i] === 1);
  if (fresh.length > 0) {
    const plain = buildBlock(fresh);
    const { codec, payload } = codecs.encode('zstd', plain);
    const table = Buffer.from(tableOf(plain));
    await repository.addBlock({ codec, plainLength: plain.length, payload, table });
  }
  return blobs.map(({ id }) => toBlobId(id));
}

const text = () =>
  randomBytes(FILE_BYTES / 2)
    .toString('hex')
    .slice(0, FILE_BYTES);

async function keep(node) {
  const tree = await repository.put(encodeTree(node.entries));
  const times = await repository.put(
    encodeTimes(node.children.map((child) => ({ mtime: node.mtime, times: child?.times ?? null }))),
  );
  return { ...node, tree, times };
}

async function make(level) {
  const entries = [];
  const children = [];
  if (level === 3) {
    const ids = await deliver(Array.from({ length: FILES }, () => Buffer.from(text())));
    for (const [i, id] of ids.entries()) {
      entries.push({
        kind: 'file',
        name: `f${i}`,
        mode: 0o644,
        size: FILE_BYTES,
        id,
        chunked: false,
      });
      children.push(null);
    }
  } else
    for (let i = 0; i < WIDTH; i++) {
      const child = await make(level + 1);
      entries.push(folderEntry(i, child));
      children.push(child);
    }
  return keep({ entries, children, mtime: 1n });
}

function folderEntry(i, { tree, entries }) {
  const name = `d${String(i).padStart(2, '0')}`;
  return { kind: 'folder', name, mode: 0o755, tree, totals: totalsOf(entries) };
}

/** The same tree with one other file. */
async function edit(node, level, step) {
  const at = Math.floor(step / WIDTH ** level) % (level === 3 ? FILES : WIDTH);
  const entries = [...node.entries];
  const children = [...node.children];
  if (level === 3) {
    const [id] = await deliver([Buffer.from(text())]);
    entries[at] = { ...entries[at], id };
  } else {
    children[at] = await edit(children[at], level + 1, step);
    entries[at] = folderEntry(at, children[at]);
  }
  return keep({ entries, children, mtime: BigInt(step) });
}

const ids = [];
async function record(root) {
  const id = randomBytes(16).toString('hex');
  ids.push(id);
  await repository.commit([
    {
      type: 'snapshot',
      id,
      sequence: repository.catalog.nextSequence(),
      source: { id: '0011223344556677', kind: 'folder', path: '/bench' },
      kind: 'automatic',
      backup: 'snapshot',
      label: null,
      createdAt: 1,
      durationMs: 1,
      roots: [
        { name: 'files', tree: root.tree, times: root.times, totals: totalsOf(root.entries) },
      ],
      git: null,
      newBytes: 0,
      storedBytes: 0,
    },
  ]);
}

const gc = (more) =>
  collectGarbage(repository, {
    clock: systemClock,
    grace: { ms: 0, operations: 0 },
    exclusively: (fn) => fn(),
    forgetMemories: () => Promise.resolve(),
    ...more,
  });
const told = ({ liveBlobs, packs, freedBytes, copiedBytes }) => ({
  'live blobs': liveBlobs,
  packs: packs.length,
  'freed MiB': Math.round(freedBytes / 1024 / 1024),
  'copied MiB': Math.round(copiedBytes / 1024 / 1024),
});

async function storeMiB() {
  let bytes = 0;
  for (const name of await readdir(join(options.path, 'packs')))
    bytes += (await stat(join(options.path, 'packs', name))).size;
  return Math.round(bytes / 1024 / 1024);
}

try {
  let root;
  await timed(`${SNAPSHOTS} snapshots made`, async () => {
    root = await make(0);
    await record(root);
    for (let i = 1; i < SNAPSHOTS; i++) {
      // People work on a few files at a time.
      root = await edit(root, 0, (i % 40) * 7919);
      await record(root);
    }
    return { 'store MiB': await storeMiB() };
  });
  await timed('dry run, nothing to do', async () => told(await gc({ dryRun: true })));
  await repository.commit([
    {
      type: 'forget',
      id: randomBytes(16).toString('hex'),
      sequence: repository.catalog.nextSequence(),
      at: 1,
      snapshots: ids.slice(0, Math.floor(SNAPSHOTS * 0.9)),
      reason: 'the bench',
    },
  ]);
  // What is in the open pack is only looked at once it is sealed.
  await repository.startNewPack();
  await timed('gc after 90 % are forgotten: give up', async () => told(await gc()));
  await timed('gc again: delete', async () => told(await gc()));
  await timed('store left', async () => ({ 'store MiB': await storeMiB() }));
  console.table(rows);
} finally {
  await repository.close();
  await rm(folder, { recursive: true, force: true });
}
