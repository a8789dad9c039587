import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { root } from './checkout.mjs';
import { dim, duration, excerpt, green, red, working, yellow } from './lines.mjs';
import { runCaptured } from './process.mjs';
import { allSteps } from './steps.mjs';

/**
 * What came of a step. `passed`, `failed` and `skipped` count mocha's tests, or the step itself.
 *
 * `tests` are the titles of mocha's tests that were skipped; each says what it needs.
 * @typedef {{ passed: number, failed: number, skipped: number, left?: string, tests?: string[] }} Outcome
 */

/** What a developer may set: where things are, and how long the tests of chance go on. */
const PASSED_ON = [
  'BULWARK_CHROMIUM',
  'BULWARK_VSCODE_CACHE',
  'BULWARK_KILLS',
  'BULWARK_FLIPS',
  'BULWARK_REPLAYS',
  'BULWARK_SEED',
  'BULWARK_LIFE_SEED',
  'BULWARK_LIFE_STEPS',
];

const USAGE = `Usage: npm test -- [STEP…] [--grep TEXT]

Without a step: everything that this machine can run. With CI=true nothing may be left out.
--grep passes on to mocha: only the tests whose name contains it.

Steps, in order:`;

/**
 * `npm test`: from a fresh clone to an honest count.
 *
 * @param {readonly string[]} args
 * @returns {Promise<number>} the exit code
 */
export async function test(args) {
  const asked = readArguments(args);
  const steps = allSteps(asked.grep === undefined ? [] : ['--fgrep', asked.grep]);
  const names = steps.map(({ name }) => name);
  if (asked.help) {
    console.log(USAGE);
    for (const { name, about } of steps) console.log(`  ${name.padEnd(12)}${about}`);
    return 0;
  }
  const unknown = asked.names.find((name) => !names.includes(name));
  if (unknown !== undefined) {
    console.error(`There is no step ${unknown}. There are: ${names.join(', ')}`);
    return 2;
  }

  const interrupted = new AbortController();
  const interrupt = () => interrupted.abort();
  process.on('SIGINT', interrupt).on('SIGTERM', interrupt);
  const began = performance.now();
  const outcomes = await runSteps(chosenOf(steps, asked.names), interrupted.signal);
  return summary(outcomes, performance.now() - began, interrupted.signal.aborted);
}

/** @param {readonly string[]} args */
function readArguments(args) {
  /** @type {string[]} */
  const names = [];
  /** @type {string | undefined} */
  let grep;
  let help = false;
  for (let index = 0; index < args.length; index += 1) {
    const arg = args[index] ?? '';
    if (arg === '--grep') grep = args[(index += 1)] ?? '';
    else if (arg === '--help' || arg === '-h') help = true;
    else names.push(arg);
  }
  return { names, grep, help };
}

/**
 * The steps to run: those that were asked for and what they need, in order.
 *
 * @param {readonly import('./steps.mjs').Step[]} steps
 * @param {readonly string[]} names all when empty
 */
function chosenOf(steps, names) {
  if (names.length === 0) return steps;
  const chosen = new Set(names);
  for (const { name, needs = [] } of [...steps].reverse()) {
    if (chosen.has(name)) for (const needed of needs) chosen.add(needed);
  }
  return steps.filter(({ name }) => chosen.has(name));
}

/**
 * @param {readonly import('./steps.mjs').Step[]} steps
 * @param {AbortSignal} signal
 * @returns {Promise<Map<string, Outcome>>} by step
 */
async function runSteps(steps, signal) {
  /** @type {Map<string, Outcome>} */
  const outcomes = new Map();
  /** Steps that have not done what others need. @type {Set<string>} */
  const broken = new Set();
  for (const step of steps) {
    if (signal.aborted) break;
    const cause = step.needs?.find((needed) => broken.has(needed));
    const outcome =
      cause === undefined ? await runStep(step, signal) : leftOut(step, `${cause} to succeed`);
    if (outcome === undefined) continue;
    if (outcome.failed > 0 || outcome.left !== undefined) broken.add(step.name);
    outcomes.set(step.name, outcome);
  }
  return outcomes;
}

/**
 * @param {import('./steps.mjs').Step} step
 * @param {string} enable
 * @returns {Outcome}
 */
function leftOut(step, enable) {
  line(yellow('-'), step, 'left out');
  return { passed: 0, failed: 0, skipped: 1, left: enable };
}

/**
 * @param {import('./steps.mjs').Step} step
 * @param {AbortSignal} signal
 * @returns {Promise<Outcome | undefined>} undefined when the step is none of this machine's
 */
async function runStep(step, signal) {
  const probe = (await step.probe?.()) ?? { kind: 'run' };
  switch (probe.kind) {
    case 'done':
      line(green('✓'), step, 'up to date');
      return { passed: 1, failed: 0, skipped: 0 };
    case 'elsewhere':
      line(dim('-'), step, dim(probe.why));
      return undefined;
    case 'lacks':
      return leftOut(step, probe.enable);
    default:
      return runCommand(step, signal);
  }
}

/**
 * @param {import('./steps.mjs').Step} step
 * @param {AbortSignal} signal
 * @returns {Promise<Outcome>}
 */
async function runCommand(step, signal) {
  const log = path.join(root, 'test-results', `${step.name}.log`);
  const place = privatePlace();
  try {
    step.before?.();
    const progress = working(`${step.name}: ${step.about}`);
    const ended = await runCaptured(step.command(), {
      cwd: root,
      env: { ...place.env, ...step.env?.() },
      log,
      timeoutMs: step.timeoutMs,
      signal,
    });
    progress.end();
    const good = ended.code === 0;
    const wrong = good ? step.after?.() : undefined;
    const counted = readCounts(place.report);
    const ok = good && wrong === undefined;
    const outcome = counted ?? { passed: 0, failed: 0, skipped: 0 };
    if (counted === undefined && ok) outcome.passed = 1;
    // A run that fails without a failed test has failed all the same.
    if (!ok && outcome.failed === 0) outcome.failed = 1;
    const tests = counted === undefined ? '' : `, ${countText(outcome)}`;
    line(ok ? green('✓') : red('✗'), step, `${duration(ended.ms)}${tests}`);
    if (!ok) {
      const why = wrong ?? stopText(ended, step.timeoutMs);
      console.log(excerpt(ended.output, { lines: 300, log: path.relative(root, log) }));
      console.log(`    ${red(why)}\n`);
    }
    return outcome;
  } finally {
    place.remove();
  }
}

/**
 * A folder of its own for a step, and an environment that has nothing of the developer's: no agent
 * of theirs is found, and no setting of their git changes a result.
 */
function privatePlace() {
  // Short: sockets lie below it, and their paths may not be long.
  const folder = mkdtempSync(path.join(os.tmpdir(), 'bwt-'));
  const gitConfig = path.join(folder, 'gitconfig');
  writeFileSync(
    gitConfig,
    '[user]\n\tname = Test\n\temail = test@example.invalid\n' + '[init]\n\tdefaultBranch = main\n',
  );
  const home = path.join(folder, 'home');
  mkdirSync(home, { mode: 0o700 });
  const inherited = Object.entries(process.env).filter(([name]) => !/^(GIT|BULWARK)_/.test(name));
  const passedOn = PASSED_ON.flatMap((name) =>
    process.env[name] === undefined ? [] : [[name, process.env[name]]],
  );
  const report = path.join(folder, 'report.jsonl');
  return {
    report,
    env: {
      ...Object.fromEntries([...inherited, ...passedOn]),
      BULWARK_HOME: home,
      BULWARK_TEST_REPORT: report,
      GIT_CONFIG_GLOBAL: gitConfig,
      GIT_CONFIG_NOSYSTEM: '1',
    },
    remove: () => rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 }),
  };
}

/**
 * @param {string} report
 * @returns {Outcome | undefined} undefined when no mocha has run
 */
function readCounts(report) {
  if (!existsSync(report)) return undefined;
  const sum = { passed: 0, failed: 0, skipped: 0, tests: /** @type {string[]} */ ([]) };
  for (const text of readFileSync(report, 'utf8').split('\n').filter(Boolean)) {
    const { passed, failed, skipped } = JSON.parse(text);
    sum.passed += passed;
    sum.failed += failed;
    sum.skipped += skipped.length;
    sum.tests.push(...skipped);
  }
  return sum;
}

/**
 * @param {import('./process.mjs').Ended} ended
 * @param {number} timeoutMs
 */
function stopText({ code, stopped }, timeoutMs) {
  if (stopped === undefined) return `It ended with ${code}.`;
  if (stopped === 'timeout') return `It was stopped after ${duration(timeoutMs)}.`;
  return stopped === 'interrupted' ? 'It was interrupted.' : `It did not start: ${stopped}`;
}

/** @param {Outcome} outcome */
function countText({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}

/**
 * @param {string} mark
 * @param {import('./steps.mjs').Step} step
 * @param {string} text
 */
function line(mark, { name, about }, text) {
  console.log(`${mark} ${name.padEnd(12)}${dim(about)}  ${text}`);
}

/**
 * @param {ReadonlyMap<string, Outcome>} outcomes
 * @param {number} ms
 * @param {boolean} interrupted
 * @returns {number} the exit code
 */
function summary(outcomes, ms, interrupted) {
  const mustBeWhole = process.env.CI !== undefined && !/^(0|false|)$/.test(process.env.CI);
  const total = { passed: 0, failed: 0, skipped: 0 };
  for (const { passed, failed, skipped } of outcomes.values()) {
    total.passed += passed;
    total.failed += failed;
    total.skipped += skipped;
  }
  const left = [...outcomes].filter(([, outcome]) => outcome.left !== undefined);
  console.log(`\nIn ${duration(ms)}.`);
  const tests = [...outcomes].flatMap(([name, outcome]) =>
    (outcome.tests ?? []).map((title) => `  ${name.padEnd(12)}${title}`),
  );
  if (tests.length > 0)
    console.log(`Tests left out, each with what it needs:\n${tests.join('\n')}`);
  if (left.length > 0) {
    console.log('Left out, and what would enable it:');
    for (const [name, { left: enable }] of left) console.log(`  ${name.padEnd(12)}${enable}`);
    if (mustBeWhole) {
      console.log('With CI=true nothing may be left out: each counts as failed.');
      total.failed += left.length;
      total.skipped -= left.length;
    }
  } else if (!interrupted && tests.length === 0) {
    console.log('Of these steps nothing was left out.');
  }
  if (interrupted) {
    console.log('It was interrupted.');
    if (total.failed === 0) total.failed = 1;
  }
  console.log(countText(total));
  return total.failed > 0 ? 1 : 0;
}
