import { Experience, WAIT, type Candidate } from '../../agent/healing/learning/experience';
import { wilsonLower } from '../../agent/healing/learning/arm';
import { cataloguePrior, UNKNOWN } from '../../agent/healing/strategies';
import { Seeded } from '../support/seeded';
import { ALLOWED, HARMFUL, makeWorld, outcome, pick, type SimulatedFault } from './learning-world';

/** Chooses the next strategy of an incident; null when it gives up. */
interface Policy {
  readonly name: string;
  next(fault: SimulatedFault, tried: ReadonlySet<string>): string | null;
  learn(fault: SimulatedFault, strategy: string, helped: boolean): void;
  begin(fault: SimulatedFault): void;
}

interface Score {
  incidents: number;
  first: number;
  within: number;
  healed: number;
  tries: number;
  harm: number;
}

const STEPS = 3;
/** Incidents count once their fault was seen so often before. */
const SEEN_BEFORE = 10;
const SEEDS = Number(process.argv[2] ?? 20);
const SIGHTINGS = 20;

function learning(name: string, catalogue: boolean): Policy {
  const experience = new Experience();
  const candidatesOf = ({ fault }: SimulatedFault): Candidate[] =>
    ALLOWED.map((strategy) => {
      const known = catalogue ? cataloguePrior(fault, 'process', strategy) : null;
      return { strategy, prior: known ?? UNKNOWN, catalogued: known !== null };
    });
  return {
    name,
    begin: ({ signature }) => {
      experience.sighted(signature);
    },
    next: (fault, tried) =>
      experience
        .judge(fault.signature, candidatesOf(fault))
        .find(({ strategy }) => !tried.has(strategy))?.strategy ?? null,
    learn: (fault, strategy, helped) => {
      const candidate = candidatesOf(fault).find((one) => one.strategy === strategy);
      if (candidate !== undefined) experience.learn(fault.signature, candidate, helped);
    },
  };
}

function fixed(name: string, next: Policy['next']): Policy {
  return { name, next, begin: () => undefined, learn: () => undefined };
}

function policiesOf(random: () => number): Policy[] {
  return [
    learning('learns, catalogue held out', false),
    learning('learns, with the catalogue', true),
    fixed('catalogue in its order, no learning', (fault, tried) => {
      const mean = (id: string): number => {
        const { helped, failed } = cataloguePrior(fault.fault, 'process', id) ?? UNKNOWN;
        return helped / (helped + failed);
      };
      const left = ALLOWED.filter((one) => !tried.has(one));
      return left.toSorted((a, b) => mean(b) - mean(a))[0] ?? null;
    }),
    fixed('one fixed order', (_fault, tried) => ALLOWED.find((one) => !tried.has(one)) ?? null),
    fixed('always a restart', () => 'restart_component'),
    fixed('random', (_fault, tried) => {
      const left = [...ALLOWED, ...HARMFUL].filter((one) => !tried.has(one));
      return pick(left, random);
    }),
    fixed('nothing', () => WAIT),
  ];
}

function run(usual: number): Map<string, Score> {
  const scores = new Map<string, Score>();
  for (let seed = 1; seed <= SEEDS; seed += 1) {
    const names = policiesOf(() => 0).map(({ name }) => name);
    for (const name of names) {
      // The same world and the same order for each policy.
      const random = new Seeded(seed).next;
      const world = makeWorld(random, usual);
      const order = shuffled(
        world.flatMap((fault) => Array.from({ length: SIGHTINGS }, () => fault)),
        random,
      );
      const chance = new Seeded(seed + 1_000).next;
      const policy = policiesOf(chance).find((one) => one.name === name);
      if (policy === undefined) continue;
      const score = scores.get(name) ?? {
        incidents: 0,
        first: 0,
        within: 0,
        healed: 0,
        tries: 0,
        harm: 0,
      };
      scores.set(name, score);
      const seen = new Map<SimulatedFault, number>();
      for (const fault of order) {
        const before = seen.get(fault) ?? 0;
        seen.set(fault, before + 1);
        incident(policy, fault, { score, counts: before >= SEEN_BEFORE, random: chance });
      }
    }
  }
  return scores;
}

/** Predict, then learn. */
function incident(
  policy: Policy,
  fault: SimulatedFault,
  { score, counts, random }: { score: Score; counts: boolean; random: () => number },
): void {
  const tried = new Set<string>();
  policy.begin(fault);
  let right = 0;
  let healed = false;
  let tries = 0;
  for (let step = 1; step <= STEPS && !healed; step += 1) {
    const strategy = policy.next(fault, tried);
    if (strategy === null) break;
    tried.add(strategy);
    tries = step;
    if (HARMFUL.includes(strategy) && counts) score.harm += 1;
    if (strategy === fault.truth && right === 0) right = step;
    healed = outcome(fault, strategy, random);
    policy.learn(fault, strategy, healed);
  }
  if (!counts) return;
  score.incidents += 1;
  score.tries += tries;
  if (right === 1) score.first += 1;
  // What cleared by itself before the right one was due is no mistake.
  if (right > 0 || healed) score.within += 1;
  if (healed) score.healed += 1;
}

function shuffled<T>(list: readonly T[], random: () => number): T[] {
  const left = [...list];
  const out: T[] = [];
  while (left.length > 0) out.push(...left.splice(Math.floor(random() * left.length), 1));
  return out;
}

function percent(count: number, of: number): string {
  const arm = { helped: count, failed: of - count, credit: 0 };
  const low = wilsonLower(arm);
  const high = 1 - wilsonLower({ helped: of - count, failed: count, credit: 0 });
  const show = (part: number): string => (part * 100).toFixed(1);
  return `${show(count / of)} % (${show(low)}–${show(high)})`;
}

for (const [title, usual] of [
  ['What helps is what the catalogue expects, for 6 of 10 faults', 0.6],
  ['What helps has nothing to do with the catalogue', 0],
] as const) {
  process.stdout.write(
    `\n${title}:\n\n| policy | first action right | right or well within three | well after three | actions | harm |\n| --- | --- | --- | --- | --- | --- |\n`,
  );
  for (const [name, score] of run(usual)) {
    const { incidents, first, within, healed, tries, harm } = score;
    process.stdout.write(
      `| ${name} | ${percent(first, incidents)} | ${percent(within, incidents)} | ${percent(healed, incidents)} | ${(tries / incidents).toFixed(2)} | ${String(harm)} of ${String(incidents)} |\n`,
    );
  }
}
