import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { AGENT, build, COMPILED, ROOT } from './bench/build.mjs';
import { median } from './bench/measure.mjs';
import { describeMachine, document, judge, table, writePage } from './bench/report.mjs';
import { runRound } from './bench/round.mjs';
import { ROWS, withNeeded } from './bench/rows.mjs';
import { installedTools } from './bench/tools.mjs';
import { CannotRun, copyTree, defaultTree, measureTree } from './bench/tree.mjs';

const HELP = `Compares Bulwark with restic, borg, kopia and git, whichever are installed.

  npm run bench -- [options]

  --tree DIR      the tree; a copy of it is used. Debian's kernel sources unless told
  --runs N        rounds; the medians count (3)
  --only ROWS     of: ${ROWS.map(({ id }) => id).join(', ')}
  --tools NAMES   of: restic, borg, kopia, git (all that are installed)
  --scratch DIR   where copies and stores are made and removed again (${tmpdir()})
  --agent FILE    the agent's bundle (dist/agent.js, built when missing)
  --json FILE     where the result goes (test-results/bench.json)
  --write         put the table into docs/PERFORMANCE.md

  Example: npm run bench -- --runs 1 --only first,scan
  Ends with 1 when a limit is not kept.
`;

const OPTIONS = {
  tree: { type: 'string' },
  runs: { type: 'string', default: '3' },
  only: { type: 'string' },
  tools: { type: 'string' },
  scratch: { type: 'string', default: tmpdir() },
  agent: { type: 'string', default: AGENT },
  json: { type: 'string', default: path.join(ROOT, 'test-results/bench.json') },
  write: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
};

function parse(argv) {
  let values;
  try {
    ({ values } = parseArgs({ args: argv, options: OPTIONS }));
  } catch (error) {
    throw new CannotRun(error.message);
  }
  const known = ROWS.map(({ id }) => id);
  const chosen = new Set(values.only?.split(',') ?? known);
  for (const id of chosen)
    if (!known.includes(id)) throw new CannotRun(`no such row: ${id} (${known.join(', ')})`);
  const runs = Number(values.runs);
  if (!Number.isInteger(runs) || runs < 1) throw new CannotRun('--runs needs a number from 1 on');
  if (!existsSync(values.scratch)) throw new CannotRun(`${values.scratch} is not there`);
  return { ...values, chosen, runs };
}

function mediansOf(rounds) {
  const figures = {};
  for (const row of new Set(rounds.flatMap((round) => Object.keys(round)))) {
    figures[row] = {};
    for (const name of new Set(rounds.flatMap((round) => Object.keys(round[row] ?? {}))))
      figures[row][name] = median(rounds.flatMap((round) => round[row]?.[name] ?? []));
  }
  return figures;
}

async function bench(options, scratch, stopped) {
  const tools = installedTools().filter(
    ({ name }) => options.tools === undefined || options.tools.split(',').includes(name),
  );
  const agentScript = path.resolve(options.agent);
  build(agentScript);
  const source = options.tree === undefined ? await defaultTree() : path.resolve(options.tree);
  if (!existsSync(source)) throw new CannotRun(`${source} is not there`);
  const machine = describeMachine(scratch);
  const tree = path.join(scratch, 'tree');
  console.error(`Copying ${source}`);
  await copyTree(source, tree);
  const { files, bytes } = await measureTree(tree);
  if (files.length < 1000) throw new CannotRun(`${source} has fewer than 1,000 files`);
  const rounds = [];
  for (let turn = 0; turn < options.runs && !stopped.aborted; turn++) {
    console.error(`Round ${turn + 1} of ${options.runs}`);
    const place = path.join(scratch, `round-${turn}`);
    await mkdir(place);
    rounds.push(
      await runRound({
        tree,
        files,
        scratch: place,
        turn,
        tools,
        agentScript,
        compiled: COMPILED,
        wanted: withNeeded(options.chosen),
        say: (text) => {
          if (stopped.aborted) throw new CannotRun('stopped');
          console.error(text);
        },
      }),
    );
    await rm(place, { recursive: true, force: true });
  }
  if (stopped.aborted) throw new CannotRun('stopped');
  const version = spawnSync(process.execPath, [agentScript, '--version'], { encoding: 'utf8' });
  const own = { name: 'bulwark', version: version.stdout.trim(), note: 'defaults' };
  return {
    date: new Date().toISOString().slice(0, 10),
    machine,
    tree: { files: files.length, bytes },
    runs: options.runs,
    programs: [own, ...tools.map(({ name, version, note }) => ({ name, version, note }))],
    rows: judge(mediansOf(rounds), options.chosen),
    rounds,
  };
}

async function main(argv) {
  const options = parse(argv);
  if (options.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => stop.abort());
  const place = await realpath(path.resolve(options.scratch));
  const scratch = await mkdtemp(path.join(place, 'bulwark-bench-'));
  try {
    const result = await bench(options, scratch, stop.signal);
    const names = result.programs.map(({ name }) => name);
    process.stdout.write(`${table(result.rows, names)}\n\n`);
    for (const { name, version, note } of result.programs)
      process.stdout.write(`${name}: ${version} (${note})\n`);
    await mkdir(path.dirname(options.json), { recursive: true });
    await writeFile(options.json, `${JSON.stringify(result, null, 2)}\n`);
    if (options.write) await writePage(path.join(ROOT, 'docs/PERFORMANCE.md'), document(result));
    return result.rows.some(({ kept }) => kept === false) ? 1 : 0;
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof CannotRun)) throw error;
  console.error(`bench: ${error.message}`);
  process.exitCode = 2;
}
