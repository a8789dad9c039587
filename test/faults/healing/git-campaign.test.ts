import assert from 'node:assert/strict';
import { join } from 'node:path';
import { DoctorWorld } from '../../support/doctor-world';
import { fits, goesWith, MADE_FAULTS, type MadeFault } from '../../support/git-faults';
import { OFFERED_FAULTS, PACK_FAULTS } from '../../support/git-faults-offered';
import { compare, takeStock, type Inventory } from '../../support/git-inventory';
import { makeLab, type Where, type Work } from '../../support/git-lab';

interface Variation {
  readonly where: Where;
  readonly work: Work;
  /** Another fault at the same time. */
  readonly second?: string;
  /** While a snapshot is taken. */
  readonly capturing?: boolean;
}

const LOCK = 'index.lock left behind';
const CUT = 'index cut short';

const VARIATIONS: readonly Variation[] = [
  { where: 'main', work: 'staged' },
  { where: 'linked', work: 'rebase' },
  { where: 'nested', work: 'staged' },
  { where: 'detached', work: 'staged' },
  { where: 'main', work: 'rebase' },
  { where: 'linked', work: 'staged', second: LOCK },
  { where: 'detached', work: 'staged', second: CUT },
  { where: 'linked', work: 'dirty', capturing: true },
  { where: 'main', work: 'dirty' },
  { where: 'nested', work: 'dirty' },
  { where: 'main', work: 'staged', second: LOCK },
  { where: 'detached', work: 'dirty', second: LOCK },
  { where: 'main', work: 'dirty', capturing: true },
  { where: 'detached', work: 'dirty', capturing: true },
  { where: 'main', work: 'staged', second: CUT },
  { where: 'linked', work: 'staged' },
  { where: 'nested', work: 'rebase' },
  { where: 'detached', work: 'dirty' },
  { where: 'main', work: 'rebase', capturing: true },
  { where: 'nested', work: 'staged', capturing: true },
  { where: 'detached', work: 'staged', capturing: true },
  { where: 'detached', work: 'dirty', second: CUT },
  { where: 'main', work: 'dirty', second: LOCK },
  { where: 'detached', work: 'staged', second: LOCK },
];

/** At least eight variations of each fault when asked for, as `npm run campaign:git` does; else one of each. */
const FULL = process.env['BULWARK_CAMPAIGN'] === 'full';
const IN_FULL = 10;
const FAULTS = [...MADE_FAULTS, ...PACK_FAULTS, ...OFFERED_FAULTS];

interface Line {
  readonly fault: MadeFault;
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
    const offers = fault.offered === true ? fault.found : [];
    number += 1;
    const lab = makeLab(join(world.root, `lab-${String(number)}`), where, work);
    fault.prepare?.(lab);
    await world.protect(lab.repo);
    const before = takeStock(lab.repo, lab.worktrees);
    const target = fault.make(lab) ?? lab.target;
    const worktrees = lab.worktrees.filter((one) => fault.removes !== true || one !== lab.target);
    const expected =
      fault.bringsBack === undefined
        ? before
        : withBack(takeStock(lab.repo, worktrees), before, fault.bringsBack);
    if (second !== undefined) MADE_FAULTS.find(({ name }) => name === second)?.make(lab);
    const moved = (text: string): string => text.replaceAll(lab.target, target);
    const asked = fault.removes === true ? lab.repo : target;
    const started = performance.now();
    // What is broken hides what is offered.
    const found = second === undefined ? await world.examine(asked) : null;
    const detected = performance.now();
    const guard = world.protection.guards().find(({ source }) => source.path === lab.target);
    const capture =
      capturing && guard !== undefined
        ? world.protection.snapshot(guard, { kind: 'manual', label: null }).catch(() => null)
        : null;
    const mended = await world.examine(asked, true, offers);
    const ended = performance.now();
    await capture;
    const ids = (found ?? mended).faults.map(({ id }) => id);
    assert.ok(
      fault.found.some((id) => ids.some((one) => one === id)),
      `found ${ids.join(', ')}`,
    );
    const open = mended.faults.filter(
      ({ id, healed, offered }) => !healed && (!offered || offers.includes(id)),
    );
    const healed = mended.healthy && open.length === 0;
    let [lost, changed]: [number, string[]] = [0, ['nothing could be compared']];
    if (healed) {
      // What is in the folder that goes is no file of the worktree around it.
      const stays = [...expected].filter(
        ([key]) => fault.removes !== true || !key.includes(`${lab.target}/`),
      );
      const was = new Map(stays.map(([key, value]) => [moved(key), value]));
      const after = takeStock(lab.repo, worktrees.map(moved));
      ({ lost, changed } = compare(was, after, fault.grows));
    }
    await world.protection.unprotect(lab.repo);
    return {
      fault,
      detectMs: detected - started,
      healMs: ended - detected,
      healed,
      lost,
      changed,
      why: mended.faults
        .map(
          ({ id, message, healed: yes, why }) =>
            `${id} (${message}): ${yes ? 'healed' : String(why)}`,
        )
        .join('; '),
    };
  };

  for (const [index, fault] of FAULTS.entries()) {
    const fitting = VARIATIONS.filter(
      ({ where, work, second }) =>
        fits(fault, where, work) && (second === undefined || goesWith(fault, second)),
    );
    // Another one for each fault, so that all of them are tried.
    const one = index % fitting.length;
    for (const variation of FULL ? fitting.slice(0, IN_FULL) : fitting.slice(one, one + 1))
      it(`${fault.name} (${Object.values(variation).map(String).join(', ')}): all is back`, async () => {
        const line = await run(fault, variation);
        lines.push(line);
        assert.equal(line.healed, true, line.why);
        assert.deepEqual(line.changed, []);
        assert.equal(line.lost, 0);
      });
  }
});

/** What is there now, but for what is to come back. */
function withBack(now: Inventory, before: Inventory, back: readonly string[]): Inventory {
  const all = new Map(now);
  for (const [what, content] of before) if (back.includes(what)) all.set(what, content);
  return all;
}

function report(lines: readonly Line[]): void {
  const at = (values: readonly number[], share: number): string =>
    String(Math.round([...values].sort((a, b) => a - b)[Math.floor(values.length * share)] ?? 0));
  const sum = (of: readonly Line[]): string => {
    const healed = of.filter(({ healed: yes }) => yes);
    const bytes = of.reduce((all, { lost }) => all + lost, 0);
    const beyond = healed.reduce((all, { changed }) => all + changed.length, 0);
    // With two faults at once there is no look before the repair.
    const found = healed.map(({ detectMs }) => detectMs).filter((ms) => ms > 1);
    const mended = healed.map(({ healMs }) => healMs);
    return `${String(healed.length)}/${String(of.length)} | ${at(found, 0.5)} | ${at(mended, 0.5)} | ${at(mended, 0.95)} | ${String(bytes)} | ${String(beyond)}`;
  };
  console.log(
    '\n| row | fault | healed | found, ms (median) | mended, ms (median) | mended, ms (95 %) | lost, bytes | changed beyond the plan |',
  );
  console.log('| --- | --- | --- | --- | --- | --- | --- | --- |');
  for (const fault of FAULTS) {
    const of = lines.filter((line) => line.fault === fault);
    if (of.length > 0) console.log(`| ${String(fault.row)} | ${fault.name} | ${sum(of)} |`);
  }
  console.log(`| | all | ${sum(lines)} |`);
}
