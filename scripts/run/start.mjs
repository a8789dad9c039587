import { spawn } from 'node:child_process';
import { statSync } from 'node:fs';
import path from 'node:path';
import { buildCommand, checkGit, installCommand, isBuilt, isInstalled, root } from './checkout.mjs';
import { duration, excerpt, green, red, working } from './lines.mjs';
import { runCaptured } from './process.mjs';

const USAGE = `Usage: npm start -- [REPOSITORY…]

Installs and builds what is missing, starts the agent, protects every worktree of each repository
(of this one unless given) and shows live status until Ctrl-C. Protection goes on after that.`;

/**
 * `npm start`: from a fresh clone to protected worktrees.
 *
 * @param {readonly string[]} args
 * @returns {Promise<number>} the exit code
 */
export async function start(args) {
  if (args.includes('--help') || args.includes('-h')) {
    console.log(USAGE);
    return 0;
  }
  const option = args.find((arg) => arg.startsWith('-'));
  if (option !== undefined) return fail(`npm start knows no option ${option}.\n\n${USAGE}`);

  // Everything that can be wrong is told before anything is installed.
  const repositories =
    args.length === 0 ? [root] : args.map((arg) => path.resolve(callersFolder(), arg));
  for (const repository of repositories) {
    const problem = folderProblem(repository);
    if (problem !== undefined) return fail(problem);
  }
  const git = checkGit();
  if ('problem' in git) return fail(git.problem);
  done(`Node ${process.versions.node}, git ${git.version}`);

  const interrupted = new AbortController();
  const interrupt = () => interrupted.abort();
  process.on('SIGINT', interrupt).on('SIGTERM', interrupt);
  const prepared =
    (await prepare('dependencies', isInstalled, installCommand(), interrupted.signal)) &&
    (await prepare('build', isBuilt, buildCommand(), interrupted.signal));
  if (!prepared) return interrupted.signal.aborted ? 130 : 1;

  const started = await agent(['start', ...repositories], interrupted.signal);
  if (started !== 0 || interrupted.signal.aborted) return started || 130;
  console.log();
  const live = process.stdout.isTTY === true;
  const shown = await agent(['status', ...(live ? ['--watch'] : [])], interrupted.signal);
  const left = interrupted.signal.aborted;
  // Nobody asked the live view to end: it has said itself why it did.
  if (!left && (live || shown !== 0)) return shown;
  console.log(
    '\nProtection goes on in the background. Look again: npx bulwark status. Stop it: npx bulwark stop.' +
      `\nIn other folders: npx --prefix ${root} bulwark …, or, after npm link here once: bulwark …`,
  );
  return 0;
}

/**
 * Runs a preparation unless it is done already.
 *
 * @param {string} name
 * @param {() => boolean} isDone
 * @param {readonly string[]} command
 * @param {AbortSignal} signal
 * @returns {Promise<boolean>} whether all is well
 */
async function prepare(name, isDone, command, signal) {
  if (isDone()) {
    done(`${name}: up to date`);
    return true;
  }
  const log = path.join(root, '.cache', 'logs', `${name}.log`);
  const line = working(`${name}: a moment, this is done once`);
  const { code, output, ms, stopped } = await runCaptured(command, { cwd: root, log, signal });
  line.end();
  if (code === 0) {
    done(`${name}: ready in ${duration(ms)}`);
    return true;
  }
  if (signal.aborted) return false;
  const why = stopped ?? `ended with ${code}`;
  console.error(`${red('✗')} ${name}: ${path.basename(command[0] ?? '')} ${why}\n`);
  console.error(excerpt(output, { lines: 40, log }));
  return false;
}

/**
 * Runs the built agent's command in this terminal.
 *
 * @param {readonly string[]} args
 * @param {AbortSignal} signal
 * @returns {Promise<number>} its exit code
 */
function agent(args, signal) {
  return new Promise((resolve) => {
    const script = path.join(root, 'dist', 'agent.js');
    const child = spawn(process.execPath, [script, ...args], { cwd: root, stdio: 'inherit' });
    // A terminal's Ctrl-C reaches the child by itself; a signal to us alone does not.
    const stop = () => setTimeout(() => child.kill('SIGTERM'), 500).unref();
    signal.addEventListener('abort', stop, { once: true });
    child.on('error', (error) => {
      console.error(error.message);
      resolve(1);
    });
    child.on('close', (code) => {
      signal.removeEventListener('abort', stop);
      resolve(code ?? (signal.aborted ? 0 : 1));
    });
  });
}

/** The folder that paths are relative to: npm runs us in the checkout, wherever it was called. */
function callersFolder() {
  const { npm_lifecycle_event: script, INIT_CWD: caller } = process.env;
  return script === 'start' && caller !== undefined ? caller : process.cwd();
}

/** @param {string} folder */
function folderProblem(folder) {
  try {
    if (statSync(folder).isDirectory()) return undefined;
    return `${folder} is a file: give a repository's folder.`;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : error;
    return code === 'ENOENT' ? `${folder} is not there.` : `${folder} cannot be read (${code}).`;
  }
}

/** @param {string} text */
function done(text) {
  console.log(`${green('✓')} ${text}`);
}

/**
 * @param {string} message
 * @returns {number}
 */
function fail(message) {
  console.error(message);
  return 1;
}
