import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { Bulwark } from './bulwark.mjs';
import { diskUsage, median, settleDisk } from './measure.mjs';
import { ROWS } from './rows.mjs';
import { changeFiles, expectSame, sampleTree, spread, warm } from './tree.mjs';

const SMALL_TREE_FILES = 1000;
/** A single change takes so little that one look at it says nothing. */
const SINGLE_REPEATS = 5;
const OVER_FILES = 100;
const CHECKED_FILES = 200;

/**
 * Runs all rows once, each program on a fresh store, one program after the other in each row.
 *
 * @param {object} options
 * @param {string} options.tree a copy that may be changed
 * @param {readonly string[]} options.files its files
 * @param {string} options.scratch an empty folder
 * @param {number} options.turn number of the round
 * @param {ReadonlySet<string>} options.wanted ids of the rows
 * @param {ReturnType<typeof import('./tools.mjs').installedTools>} options.tools
 * @param {(text: string) => void} options.say
 * @returns {Promise<Record<string, Record<string, number>>>} row to program to figure
 */
export async function runRound(options) {
  const { scratch, agentScript, compiled, wanted } = options;
  const bulwark = new Bulwark({ agentScript, compiled, home: path.join(scratch, 'bulwark') });
  const tools = [];
  for (const { name, make } of options.tools) {
    const home = path.join(scratch, name);
    await mkdir(home);
    tools.push(make(home));
  }
  const round = new Round({ ...options, bulwark, tools });
  try {
    await round.first();
    if (wanted.has('scan')) await round.scan();
    for (const row of ROWS)
      if (row.files !== undefined && wanted.has(row.id)) await round.change(row);
    if (wanted.has('small')) await round.small();
    if (wanted.has('restore')) await round.restore();
    if (wanted.has('over')) await round.over();
    if (wanted.has('verify')) await round.verify();
    return round.figures;
  } finally {
    await bulwark.stop();
  }
}

class Round {
  figures = {};
  #marks = 0;

  constructor(options) {
    Object.assign(this, options);
  }

  async first() {
    // Whoever comes first would pay for the disk's reading of what the others find in memory.
    await warm(this.tree, this.files);
    this.#note('start', 'bulwark', await this.bulwark.start());
    await this.#bulwark('first', async () => {
      const cost = await this.bulwark.protect(this.tree);
      this.#note('memory', 'bulwark', cost.peakBytes);
      return cost;
    });
    await this.#others('first', async (tool) => {
      await tool.init();
      await warm(this.tree, this.files);
      settleDisk();
      const cost = await tool.backup(this.tree);
      this.#note('memory', tool.name, cost.peakBytes);
      return cost;
    });
    if (!this.wanted.has('size')) return;
    this.#note('size', 'bulwark', await this.bulwark.storeBytes());
    for (const tool of this.tools) this.#note('size', tool.name, await diskUsage(tool.store));
  }

  async scan() {
    await this.#bulwark('scan', () => this.bulwark.scan(this.tree));
    await this.#others('scan', (tool) => tool.backup(this.tree));
  }

  async change({ id, files: count }) {
    const repeats = count === 1 ? SINGLE_REPEATS : 1;
    const times = [];
    for (let i = 0; i < repeats; i++) {
      await this.#change(this.tree, this.files, count, i);
      times.push((await this.bulwark.snapshot(this.tree)).ms);
    }
    this.#note(id, 'bulwark', median(times));
    await this.#others(id, (tool) => tool.backup(this.tree));
  }

  /** The others scan: what a small tree costs them says nothing about a watched one. */
  async small() {
    const tree = path.join(this.scratch, 'small');
    const files = spread(this.files, SMALL_TREE_FILES, 0);
    await sampleTree(this.tree, files, tree);
    await this.bulwark.protect(tree);
    const times = [];
    for (let i = 0; i < SINGLE_REPEATS; i++) {
      await this.#change(tree, files, 1, i);
      times.push((await this.bulwark.snapshot(tree)).ms);
    }
    this.#note('small', 'bulwark', median(times));
  }

  async restore() {
    await this.#bulwark('restore', () =>
      this.#restored('bulwark', async (to) => {
        // Bulwark's own restore reads everything back; the others do not.
        const cost = await this.bulwark.restore(this.tree, to);
        return { ...cost, root: to };
      }),
    );
    await this.#others('restore', (tool) =>
      this.#restored(tool.name, (to) => tool.restore(this.tree, to)),
    );
  }

  async over() {
    await this.bulwark.snapshot(this.tree);
    const files = await this.#change(this.tree, this.files, OVER_FILES, 1);
    settleDisk();
    const { ms, result } = await this.bulwark.restore(this.tree);
    if (result.restored < files.length)
      throw new Error(`bulwark wrote back ${result.restored} of ${files.length} files`);
    this.#note('over', 'bulwark', ms);
    await this.bulwark.snapshot(this.tree);
  }

  async verify() {
    await this.#bulwark('verify', () => this.bulwark.verify());
    await this.#others('verify', (tool) => tool.verify());
  }

  async #restored(name, work) {
    const to = path.join(this.scratch, `restored-${name}`);
    await mkdir(to);
    const cost = await work(to);
    await expectSame(this.tree, cost.root, spread(this.files, CHECKED_FILES, this.turn), name);
    await rm(to, { recursive: true });
    return cost;
  }

  async #change(tree, files, count, shift) {
    const chosen = spread(files, Math.min(count, files.length), this.turn + shift + 1);
    this.#marks += 1;
    await changeFiles(tree, chosen, `${this.turn}.${this.#marks}`);
    return chosen;
  }

  async #bulwark(row, work) {
    settleDisk();
    const { ms } = await work();
    this.#note(row, 'bulwark', ms);
  }

  async #others(row, work) {
    for (const tool of this.tools) {
      settleDisk();
      const { ms } = await work(tool);
      this.#note(row, tool.name, ms);
    }
  }

  #note(row, name, figure) {
    if (figure === null || figure === undefined) return;
    (this.figures[row] ??= {})[name] = figure;
    this.say(`  ${row} ${name} ${Math.round(figure)}`);
  }
}
