import { BulwarkError } from '../../support/errors';
import { decodeName, encodeName } from '../../support/names';
import type { Git } from '../../worktrees/git';
import { SCRIPT_PORTS, type Offer } from '../../worktrees/project-kinds';
import { splitNul } from '../../worktrees/worktree-list';
import { meets, projectsIn, type Project } from './recognise';

/** What could be put into a `bulwark.json` for a folder. */
export interface Suggestion {
  /** Kinds of project that were recognised, by title. */
  readonly kinds: readonly string[];
  /** Descriptions of components, by name. */
  readonly components: Readonly<Record<string, SuggestedProcess>>;
}

/** A component of the kind `process`, as `bulwark.json` describes it. */
export interface SuggestedProcess {
  readonly kind: 'process';
  readonly command: string[];
  readonly cwd?: string;
  readonly startup?: SuggestedProbe;
  readonly health?: SuggestedProbe;
}

export type SuggestedProbe =
  { readonly kind: 'tcp'; readonly port: number } | { readonly kind: 'http'; readonly url: string };

/**
 * The servers that the projects in a folder usually have; runs nothing of them. What git ignores is
 * what a build made. @param root absolute
 */
export async function suggestComponents(root: string, git: Git): Promise<Suggestion> {
  const found = await projectsIn(root);
  const ignored = await ignoredOf(
    git,
    root,
    found.map(({ at }) => at),
  );
  const projects = found.filter(({ at }) => !ignored.has(at));
  const components: Record<string, SuggestedProcess> = {};
  for (const project of projects)
    for (const { locks = [], offers = [] } of project.kinds) {
      const tool = locks.find(({ file }) => project.names.has(file))?.tool ?? locks[0]?.tool ?? '';
      const found = await firstOf(project, offers, tool);
      if (found === null) continue;
      const base = project.at === '' ? found.name : project.at.replaceAll(/[^A-Za-z0-9._-]/g, '-');
      components[freeName(components, base)] = found.process;
    }
  const kinds = new Set(projects.flatMap((one) => one.kinds.map(({ title }) => title)));
  return { kinds: [...kinds], components };
}

/** Which of these folders git ignores; none where there is no repository. */
async function ignoredOf(
  git: Git,
  root: string,
  folders: readonly string[],
): Promise<ReadonlySet<string>> {
  const asked = folders.filter((at) => at !== '');
  if (asked.length === 0) return new Set();
  const input = encodeName(asked.map((at) => `${at}\0`).join(''));
  const args = ['check-ignore', '--stdin', '-z'];
  try {
    const { stdout } = await git.run({ cwd: root, args, input, okCodes: [0, 1, 128] });
    return new Set(splitNul(stdout).map(decodeName));
  } catch (error) {
    if (error instanceof BulwarkError) return new Set();
    throw error;
  }
}

async function firstOf(
  project: Project,
  offers: readonly Offer[],
  tool: string,
): Promise<{ readonly name: string; readonly process: SuggestedProcess } | null> {
  for (const { name, when, command, port, health } of offers) {
    const answers = await Promise.all(when.map((condition) => meets(project, condition)));
    if (answers.includes(null)) continue;
    const listens = portIn(answers.join(' ')) ?? port ?? null;
    const process: SuggestedProcess = {
      kind: 'process',
      command: command.map((word) => word.replace('{tool}', tool)),
      ...(project.at === '' ? {} : { cwd: project.at }),
      ...(listens === null ? {} : probes(listens, health)),
    };
    return { name, process };
  }
  return null;
}

function probes(
  port: number,
  path: string | undefined,
): Pick<SuggestedProcess, 'startup' | 'health'> {
  const probe: SuggestedProbe =
    path === undefined
      ? { kind: 'tcp', port }
      : { kind: 'http', url: `http://127.0.0.1:${String(port)}${path}` };
  return { startup: probe, health: probe };
}

/** The port that a script names, or that of the program that it begins with. */
function portIn(script: string): number | null {
  const named = /(?:--port[= ]|\s-p[= ]?|\bPORT=)(\d{2,5})\b/.exec(script)?.[1];
  if (named !== undefined && Number(named) <= 65_535) return Number(named);
  const words = new Set(script.split(/[^\w-]+/));
  return SCRIPT_PORTS.find(({ word }) => words.has(word))?.port ?? null;
}

function freeName(taken: Readonly<Record<string, unknown>>, base: string): string {
  const name = /^[A-Za-z0-9]/.test(base) ? base : `web-${base}`;
  for (let number = 1; ; number++) {
    const candidate = number === 1 ? name : `${name}-${String(number)}`;
    if (!Object.hasOwn(taken, candidate)) return candidate;
  }
}
