import assert from 'node:assert/strict';
import { join } from 'node:path';
import { DoctorWorld } from '../../support/doctor-world';
import { fits, MADE_FAULTS, type MadeFault } from '../../support/git-faults';
import { compare, takeStock } from '../../support/git-inventory';
import { makeLab, type Where, type Work } from '../../support/git-lab';

interface Variation {
  readonly where: Where;
  readonly work: Work;
  /** Another fault at the same time. */
  readonly second?: string;
  /** While a snapshot is taken. */
  readonly capturing?: boolean;
}

const VARIATIONS: readonly Variation[] = [
  { where: 'main', work: 'staged' },
  { where: 'linked', work: 'rebase' },
  { where: 'main', work: 'rebase' },
  { where: 'main', work: 'dirty' },
  { where: 'linked', work: 'staged' },
  { where: 'nested', work: 'staged' },
  { where: 'nested', work: 'dirty' },
  { where: 'detached', work: 'staged' },
  { where: 'linked', work: 'staged', second: 'index.lock left behind' },
  { where: 'detached', work: 'staged', second: 'index cut short' },
  { where: 'linked', work: 'dirty', capturing: true },
];

/** All variations of each fault when asked for, as `npm run campaign:git` does; else one of each. */
const FULL = process.env['BULWARK_CAMPAIGN'] === 'full';

interface Line {
  readonly fault: MadeFault;
  readonly variation: Variation;
  readonly detectMs: number;
  readonly healMs: number;
  readonly healed: boolean;
  readonly lost: number;
  readonly changed: readonly string[];
  readonly why: string;
}

describe("faults in git's own files, made for real", function () {
  this.timeout(120_000);
  let world: DoctorWorld;
  const lines: Line[] = [];
  let number = 0;

  before(async () => {
    world = await DoctorWorld.open();
  });
  after(async () => {
    await world.close();
    if (FULL) report(lines);
  });

  const run = async (fault: MadeFault, variation: Variation): Promise<Line> => {
    const { where, work, second, capturing = false } = variation;
    number += 1;
    const lab = makeLab(join(world.root, `lab-${String(number)}`), where, work);
    fault.prepare?.(lab);
    await world.protect(lab.repo);
    const before = takeStock(lab.repo, lab.worktrees);
    const target = fault.make(lab) ?? lab.target;
    if (second !== undefined) MADE_FAULTS.find(({ name }) => name === second)?.make(lab);
    const moved = (text: string): string => text.replaceAll(lab.target, target);
    const started = performance.now();
    const found = await world.examine(target);
    const detected = performance.now();
    const ids = found.faults.map(({ id }) => id);
    assert.ok(
      fault.found.some((id) => ids.some((one) => one === id)),
      `found ${ids.join(', ')}`,
    );
    const guard = world.protection.guards().find(({ source }) => source.path === lab.target);
    const capture =
      capturing && guard !== undefined
        ? world.protection.snapshot(guard, { kind: 'manual', label: null }).catch(() => null)
        : null;
    const mended = await world.examine(target, true);
    const ended = performance.now();
    await capture;
    let [lost, changed]: [number, string[]] = [0, ['nothing could be compared']];
    if (mended.healthy) {
      const expected = new Map([...before].map(([key, value]) => [moved(key), value]));
      const after = takeStock(lab.repo, lab.worktrees.map(moved));
      ({ lost, changed } = compare(expected, after));
    }
    await world.protection.unprotect(lab.repo);
    return {
      fault,
      variation,
      detectMs: detected - started,
      healMs: ended - detected,
      healed: mended.healthy,
      lost,
      changed,
      why: mended.faults.map(({ id, why }) => (why === null ? '' : `${id}: ${why}`)).join('; '),
    };
  };

  for (const fault of MADE_FAULTS) {
    const fitting = VARIATIONS.filter(
      ({ where, second }) =>
        fits(fault, where) && (second === undefined || goesWith(fault, second)),
    );
    for (const variation of FULL ? fitting : fitting.slice(0, 1))
      it(`${fault.name} (${Object.values(variation).map(String).join(', ')}): all is back`, async () => {
        const line = await run(fault, variation);
        lines.push(line);
        assert.equal(line.healed, true, line.why);
        assert.deepEqual(line.changed, []);
        assert.equal(line.lost, 0);
      });
  }
});

/** A worktree that was moved, or has no git directory, has no place for the second fault to be made in. */
function goesWith({ row, name }: MadeFault, second: string): boolean {
  if (row === 11 || row === 12 || second === name) return false;
  return !(second.startsWith('index c') && name.includes('index'));
}

function report(lines: readonly Line[]): void {
  const at = (values: readonly number[], share: number): string =>
    String(Math.round([...values].sort((a, b) => a - b)[Math.floor(values.length * share)] ?? 0));
  const sum = (of: readonly Line[]): string => {
    const healed = of.filter(({ healed: yes }) => yes);
    const bytes = of.reduce((all, { lost }) => all + lost, 0);
    const beyond = of.reduce(
      (all, { changed, healed: yes }) => all + (yes ? changed.length : 0),
      0,
    );
    const times = [healed.map(({ detectMs }) => detectMs), healed.map(({ healMs }) => healMs)];
    return `${String(healed.length)}/${String(of.length)} | ${at(times[0] ?? [], 0.5)} | ${at(times[1] ?? [], 0.5)} | ${at(times[1] ?? [], 0.95)} | ${String(bytes)} | ${String(beyond)}`;
  };
  console.log(
    '\n| row | fault | healed | found, ms (median) | mended, ms (median) | mended, ms (95 %) | lost, bytes | changed beyond the plan |',
  );
  console.log('| --- | --- | --- | --- | --- | --- | --- | --- |');
  for (const fault of MADE_FAULTS) {
    const of = lines.filter((line) => line.fault === fault);
    console.log(`| ${String(fault.row)} | ${fault.name} | ${sum(of)} |`);
  }
  console.log(`| | all | ${sum(lines)} |`);
}
