import type { HealthMonitor } from '../../monitor/health-monitor';
import type { IncidentSubject } from './incident';

/** A component as the monitor knows it. */
type Component = ReturnType<HealthMonitor['components']['list']>[number];

/** A place where two parts of the agent believe different things. */
export interface Disagreement {
  readonly key: string;
  readonly subject: IncidentSubject;
  readonly group: string;
  readonly message: string;
}

/** A source as protection knows it. */
export interface KnownSource {
  readonly id: string;
  readonly path: string;
  readonly group: string;
  /** Whether protection says that its folder cannot be captured: then it knows. */
  readonly isFailing: boolean;
  /** Age of the oldest change that is not durable yet, ms. */
  readonly behindMs: number;
  /** The repository's shared git directory, or null for a folder. */
  readonly commonDir: string | null;
  /** Its own git directory, or null for a folder. */
  readonly gitDir: string | null;
}

/** What the checks look at beside what is passed in: the disk and the system. */
export interface Reality {
  isThere(path: string): Promise<boolean>;
  /** Names in a folder; none where there is no such folder. */
  namesIn(folder: string): Promise<readonly string[]>;
  isAlive(pid: number): boolean;
}

/** A journal that is so far behind does not do its work, ms. */
const JOURNAL_BEHIND_MS = 60_000;

/** Journal and disk; registered and real worktrees. */
export async function checkSources(
  sources: readonly KnownSource[],
  reality: Reality,
): Promise<Disagreement[]> {
  const found: Disagreement[] = [];
  for (const { id, path, group, isFailing, behindMs, ...git } of sources) {
    const subject = { kind: 'worktree', id, name: path };
    if (behindMs > JOURNAL_BEHIND_MS)
      found.push({
        key: `check journal ${id}`,
        subject,
        group,
        message: `Changes in ${path} are not in the journal after ${String(Math.round(behindMs / 1000))} s`,
      });
    if (!isFailing && !(await reality.isThere(path)) && !(await wasRemoved(git, reality)))
      found.push({
        key: `check folder ${id}`,
        subject,
        group,
        message: `${path} is protected and believed to be well, and is not there`,
      });
  }
  const repositories = new Set(sources.flatMap(({ commonDir }) => commonDir ?? []));
  for (const commonDir of repositories) {
    const known = new Set(sources.map(({ gitDir }) => gitDir));
    for (const name of await reality.namesIn(`${commonDir}/worktrees`)) {
      const gitDir = `${commonDir}/worktrees/${name}`;
      // One that git itself has half removed has no gitdir file.
      if (known.has(gitDir) || !(await reality.isThere(`${gitDir}/gitdir`))) continue;
      found.push({
        key: `check worktree ${gitDir}`,
        subject: { kind: 'repository', id: commonDir, name: commonDir },
        group: commonDir,
        message: `Git knows the worktree ${name} of ${commonDir}, and Bulwark does not protect it`,
      });
    }
  }
  return found;
}

/** Whether git was asked to remove a linked worktree: what it knew of it is gone with the folder. */
async function wasRemoved(
  { gitDir, commonDir }: Pick<KnownSource, 'gitDir' | 'commonDir'>,
  reality: Reality,
): Promise<boolean> {
  if (gitDir === null || commonDir === null || gitDir === commonDir) return false;
  return !(await reality.isThere(gitDir)) && (await reality.isThere(commonDir));
}

/** Processes that the agent runs, and what the system says of them. */
export function checkProcesses(
  components: readonly Component[],
  reality: Pick<Reality, 'isAlive'>,
): Disagreement[] {
  return components.flatMap(({ id, scope, state, pid }) => {
    if (state.kind !== 'up' || pid === null || reality.isAlive(pid)) return [];
    return [
      {
        key: `check process ${id}`,
        subject: { kind: 'component', id, name: id },
        group: `components of ${scope}`,
        message: `${id} is believed to run as process ${String(pid)}, which is not there`,
      },
    ];
  });
}

/** Alerts that say that a component is down, and its probe. */
export function checkAlerts(
  components: readonly Component[],
  down: ReadonlySet<string>,
): Disagreement[] {
  return components.flatMap(({ id, scope, state }) =>
    state.kind === 'up' && down.has(id)
      ? [
          {
            key: `check alert ${id}`,
            subject: { kind: 'component', id, name: id },
            group: `components of ${scope}`,
            message: `An alert says that ${id} is down, and its probe that it is up`,
          },
        ]
      : [],
  );
}

/** Packs that the catalog names, and those that are on the disk. */
export function checkPacks(
  inCatalog: readonly string[],
  onDisk: ReadonlySet<string>,
): Disagreement[] {
  const missing = inCatalog.filter((id) => !onDisk.has(id));
  if (missing.length === 0) return [];
  return [
    {
      key: `check packs ${missing.sort()[0] ?? ''}`,
      subject: { kind: 'store', id: 'store', name: 'the store' },
      group: 'store',
      message: `The catalog names ${missing.length === 1 ? 'a pack' : `${String(missing.length)} packs`} that ${missing.length === 1 ? 'is' : 'are'} not on the disk: ${missing.slice(0, 3).join(', ')}`,
    },
  ];
}
