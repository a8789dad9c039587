import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { SnapshotRecord } from '../../repository/record';
import type { Clock } from '../../support/clock';
import { BulwarkError, messageOf, throwIfAborted } from '../../support/errors';
import { rootOf } from '../restore/snapshot-parts';
import type { Source } from '../source';
import { gitItems, judge, type GitTrialContext, type GitVerdict } from './git-trial';
import type { Scratch } from './scratch';
import { addTree, bytesOf, compareTrial, writeTrial, type TrialItems } from './trial-restore';

/** How the newest backup of one source came back. */
export interface DrilledSource {
  readonly path: string;
  readonly sourceId: string;
  /** Null where there is no backup yet. */
  readonly snapshot: SnapshotRecord | null;
  readonly ok: boolean;
  readonly files: number;
  /** Plain bytes that were written. */
  readonly bytes: number;
  /** How long it took until everything was back, ms. */
  readonly restoreMs: number;
  /** How long reading it back and comparing took, ms. */
  readonly compareMs: number;
  readonly git: GitVerdict;
  /** What was not as it should be; empty when all was. */
  readonly problems: readonly string[];
}

export interface DrillReport {
  readonly ok: boolean;
  /** When it ended, ms since 1970. */
  readonly at: number;
  readonly durationMs: number;
  readonly sources: readonly DrilledSource[];
}

export interface DrillContext extends GitTrialContext {
  readonly scratch: Scratch;
  readonly clock: Clock;
}

/** So many paths are named; the count is of all. */
const SHOWN = 20;

/**
 * Restores the newest backup of each source to a scratch folder, compares every byte, mode and
 * link with the backup, lets git judge its state, and removes it again.
 * @throws BulwarkError `cancelled`
 */
export async function drill(
  sources: readonly { readonly source: Source; readonly newest: SnapshotRecord | null }[],
  context: DrillContext,
): Promise<DrillReport> {
  const { clock } = context;
  const started = clock.monotonic();
  const drilled: DrilledSource[] = [];
  for (const { source, newest } of sources) {
    throwIfAborted(context.signal);
    drilled.push(await drillOne(source, newest, context));
  }
  return {
    ok: drilled.every(({ ok }) => ok),
    at: clock.now(),
    durationMs: clock.monotonic() - started,
    sources: drilled,
  };
}

async function drillOne(
  { path, id }: Source,
  snapshot: SnapshotRecord | null,
  context: DrillContext,
): Promise<DrilledSource> {
  const nothing = {
    path,
    sourceId: id,
    snapshot,
    ok: false,
    files: 0,
    bytes: 0,
    restoreMs: 0,
    compareMs: 0,
    git: { kind: 'none' },
  } as const;
  if (snapshot === null) return { ...nothing, problems: ['there is no backup of it yet'] };
  try {
    return { ...nothing, ...(await tryOut(snapshot, context)) };
  } catch (error) {
    if (error instanceof BulwarkError && error.reason === 'cancelled') throw error;
    return { ...nothing, problems: [messageOf(error)] };
  }
}

async function tryOut(
  snapshot: SnapshotRecord,
  context: DrillContext,
): Promise<Omit<DrilledSource, 'path' | 'sourceId' | 'snapshot'>> {
  const { clock, scratch } = context;
  const started = clock.monotonic();
  const files: TrialItems = new Map();
  const tree = rootOf(snapshot, 'files');
  if (tree !== null) await addTree(files, context, tree);
  const git = await gitItems(snapshot, context, scratch.absent);
  const bytes = bytesOf(files) + (git === null ? 0 : bytesOf(git));
  return scratch.use(bytes, async (folder) => {
    const filesAt = await trial(join(folder, 'files'), files, context);
    const gitAt = git === null ? null : await trial(join(folder, 'git'), git, context);
    const restored = clock.monotonic();
    const wrong = await compareTrial(filesAt, files, context);
    if (git !== null && gitAt !== null)
      wrong.push(...(await compareTrial(gitAt, git, context)).map((path) => `.git/${path}`));
    const verdict = await verdictOn(snapshot, gitAt, filesAt, context);
    const problems = problemsOf(wrong, verdict);
    return {
      ok: problems.length === 0,
      files: files.size + (git?.size ?? 0),
      bytes,
      restoreMs: restored - started,
      compareMs: clock.monotonic() - restored,
      git: verdict,
      problems,
    };
  });
}

async function trial(staging: string, items: TrialItems, context: DrillContext): Promise<string> {
  await mkdir(staging, { mode: 0o700 });
  return writeTrial(staging, items, context);
}

async function verdictOn(
  snapshot: SnapshotRecord,
  gitDir: string | null,
  files: string,
  context: DrillContext,
): Promise<GitVerdict> {
  const { git } = snapshot;
  if (git === null) return { kind: 'none' };
  if (gitDir === null) return { kind: 'unproven', message: 'its repository has no backup yet' };
  return judge({ gitDir, files }, { git }, context);
}

function problemsOf(wrong: readonly string[], verdict: GitVerdict): string[] {
  const problems = wrong.slice(0, SHOWN).map((path) => `${path} is not as it was`);
  if (wrong.length > SHOWN) problems.push(`and ${String(wrong.length - SHOWN)} more`);
  if (verdict.kind === 'rejected') problems.push(`git does not accept it: ${verdict.message}`);
  return problems;
}

/** Restores only what git keeps, and lets git judge it: the meaning of a backup. */
export async function judgeBackup(
  snapshot: SnapshotRecord,
  context: DrillContext,
): Promise<GitVerdict> {
  const { git } = snapshot;
  if (git === null) return { kind: 'none' };
  const items = await gitItems(snapshot, context, context.scratch.absent);
  if (items === null) return { kind: 'unproven', message: 'its repository has no backup yet' };
  try {
    return await context.scratch.use(bytesOf(items), async (folder) => {
      const files = join(folder, 'files');
      await mkdir(files);
      const gitDir = await trial(join(folder, 'git'), items, context);
      return judge({ gitDir, files }, { git }, context);
    });
  } catch (error) {
    if (error instanceof BulwarkError && error.reason === 'disk-full')
      return { kind: 'unproven', message: error.message };
    throw error;
  }
}
