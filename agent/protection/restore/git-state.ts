import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { blobIdOf } from '../../repository/blob-id';
import type { SnapshotGit, SnapshotRecord } from '../../repository/record';
import { BulwarkError } from '../../support/errors';
import { displayName, encodeName } from '../../support/names';
import type { Git } from '../../worktrees/git';
import { dotGit, isGitDir, kindOf, readSmall } from '../../worktrees/git-files';
import { parseWorktreeList } from '../../worktrees/worktree-list';
import { diffTrees, findEntry, type DiffStep, type ReadBlob } from './diff';
import { NO_GIT_WORK, type GitArea, type GitChange, type GitWork } from './git-work';
import { lacksObjects } from './index-objects';
import { branchRef, refIn, rootOf } from './snapshot-parts';
import { hasCommit, headText, refValue } from './git-mover';
import { Planner, type AreaWork, type StageItem } from './planner';
import { pathsIn, RepositoryBackups, type ListSnapshots } from './repository-backups';
import { stashedNow, stashesIn, type Stash } from './stash';
import type { Move } from './work';

export interface GitPlanInput {
  readonly snapshot: SnapshotRecord;
  readonly present: SnapshotRecord | null;
  readonly target: string;
  readonly withGitState: boolean;
  /** Branches that go back too, because the restore that is undone moved them. */
  readonly branches: readonly string[];
  readonly read: ReadBlob;
  readonly git: Git;
  /** Folder for a file that git has to read from a path. */
  readonly scratch: string;
  readonly repositorySnapshots: ListSnapshots;
  /** The number of the first area that is free, and the next number of a staged entry. */
  readonly firstArea: number;
  readonly number: () => number;
}

/** Plans what a worktree's git state needs; nothing, unless it is asked for or missing. */
export async function planGit(input: GitPlanInput): Promise<GitWork> {
  const info = input.snapshot.git;
  if (info === null || input.snapshot.source.kind !== 'worktree') return NO_GIT_WORK;
  return await new GitPlan(input, info).make();
}

class GitPlan {
  readonly #in: GitPlanInput;
  readonly #info: SnapshotGit;
  readonly #areas: GitArea[] = [];
  readonly #first: Move[] = [];
  readonly #then: Move[] = [];
  readonly #changes: GitChange[] = [];
  readonly #notes: string[] = [];
  #found: Promise<RepositoryBackups> | null = null;

  constructor(input: GitPlanInput, info: SnapshotGit) {
    this.#in = input;
    this.#info = info;
  }

  async make(): Promise<GitWork> {
    const { role, commonDir } = this.#info;
    const lost = !(await isGitDir(commonDir));
    const link = await dotGit(this.#in.target);
    const gitDir = await this.#gitDir();
    const linkedTo = link?.kind === 'file' ? link.target : join(this.#in.target, '.git');
    if (link !== null && linkedTo !== gitDir) return this.#foreign();
    if (lost && !(await this.#fillRepository())) return this.#result(null);

    const missing = lost || (role === 'linked' && (await kindOf(join(gitDir, 'HEAD'))) === null);
    const wanted = missing || this.#in.withGitState;
    if (wanted) await this.#own(gitDir, missing, lost);
    // That of a submodule has its git directory elsewhere too.
    if (link === null && gitDir !== join(this.#in.target, '.git')) this.#linkFile(gitDir);
    return this.#result(wanted && !missing ? gitDir : null);
  }

  /** The worktree's own git directory: where it was, unless another worktree has taken that place. */
  async #gitDir(): Promise<string> {
    const { role, gitDir } = this.#info;
    if (role === 'main') return gitDir;
    const link = await dotGit(this.#in.target);
    for (let i = 0; ; i++) {
      const candidate = i === 0 ? gitDir : join(dirname(gitDir), `${basename(gitDir)}${String(i)}`);
      const owner = await readSmall(join(candidate, 'gitdir'));
      if (owner === null) return candidate;
      const path = dirname(resolve(candidate, owner));
      if (path === this.#in.target) return candidate;
      if (link?.kind === 'file' && link.target === candidate) return candidate;
    }
  }

  #foreign(): GitWork {
    const shown = displayName(this.#in.target);
    if (this.#in.withGitState)
      throw new BulwarkError('restore-refused', `${shown} belongs to another repository now`, {
        hint: 'Restore without the git state, or to another folder.',
      });
    return {
      ...NO_GIT_WORK,
      notes: [`${shown} belongs to another repository now; its git state was left alone.`],
    };
  }

  /** Puts back what is missing of the shared git directory. @returns whether there is a backup of it */
  async #fillRepository(): Promise<boolean> {
    const { commonDir, role } = this.#info;
    const backups = await this.#backups();
    if (!backups.any) {
      this.#notes.push(
        `The repository ${displayName(commonDir)} is missing and was never backed up: only the files come back.`,
      );
      return false;
    }
    const own =
      role === 'main'
        ? await pathsIn(this.#in.read, rootOf(this.#in.snapshot, 'git-worktree'))
        : new Set<string>();
    await this.#fill(
      commonDir,
      backups.repository(commonDir, (path) => own.has(path)),
    );
    this.#changes.push({ what: 'repository', from: null, to: commonDir });
    return true;
  }

  #backups(): Promise<RepositoryBackups> {
    const { read, repositorySnapshots, snapshot } = this.#in;
    this.#found ??= RepositoryBackups.find(read, repositorySnapshots, {
      commonDir: this.#info.commonDir,
      sequence: snapshot.sequence,
    });
    return this.#found;
  }

  async #fill(root: string, steps: AsyncGenerator<DiffStep>): Promise<void> {
    const planner = this.#planner('fill');
    for await (const step of steps) planner.add(step);
    const work = planner.finish();
    this.#areas.push({ root, work });
    // A pack counts for git once its index is there, so that comes after it.
    const late = (move: Move): boolean => move.kind === 'put' && move.path.endsWith('.idx');
    this.#first.push(...work.puts.filter((move) => !late(move)), ...work.puts.filter(late));
  }

  /** HEAD, branch, index and a merge or rebase that was under way. */
  async #own(gitDir: string, missing: boolean, lost: boolean): Promise<void> {
    const { head, commonDir } = this.#info;
    const ref = branchRef(this.#info);
    const elsewhere = ref !== null && !lost && (await this.#checkedOutElsewhere(ref));
    const wantedHead = ref === null || elsewhere ? head : `ref: ${ref}`;
    if (elsewhere)
      this.#notes.push(
        `${shortRef(ref)} is checked out in another worktree now: HEAD is detached at ${String(head).slice(0, 10)}.`,
      );
    const stashes = lost || !this.#in.withGitState ? [] : await this.#lostStashes();
    const commits = [head, ...stashes.map(({ commit }) => commit)];
    if (!lost && (await this.#lacksCommits(commonDir, commits)))
      await this.#fill(commonDir, (await this.#backups()).objects(commonDir));
    const index = await this.#ownFiles(gitDir, missing, wantedHead);
    const at = missing ? commonDir : gitDir;
    if (ref !== null && !elsewhere && (head !== null || !missing))
      await this.#branch(at, ref, head, { lost, missing });
    for (const branch of this.#in.branches) await this.#branchOfUndo(at, branch, ref);
    for (const stash of stashes) {
      this.#then.push({ kind: 'stash', gitDir: commonDir, ...stash });
      this.#changes.push({ what: 'stash', from: null, to: stash.commit });
    }
    if (!missing && wantedHead !== null) {
      const from = await headText(gitDir);
      if (from !== wantedHead) {
        this.#then.push({ kind: 'head', gitDir, from, to: wantedHead });
        this.#changes.push({ what: 'HEAD', from, to: wantedHead });
      }
    } else if (missing) this.#changes.push({ what: 'HEAD', from: null, to: wantedHead });
    this.#then.push(...index);
  }

  /** Stashes of the snapshot that were dropped since; they come back beside those that are there. */
  async #lostStashes(): Promise<Stash[]> {
    const { git, read, snapshot } = this.#in;
    const stashes = await stashesIn(read, rootOf(snapshot, 'git-common'));
    if (stashes.length === 0) return [];
    const now = new Set(await stashedNow(git, this.#info.commonDir));
    return stashes.filter(({ commit }) => !now.has(commit));
  }

  /** Whether git has thrown away one of the commits, or something that was staged. */
  async #lacksCommits(commonDir: string, commits: readonly (string | null)[]): Promise<boolean> {
    const { git, read, snapshot, scratch } = this.#in;
    for (const commit of commits)
      if (commit !== null && !(await hasCommit(git, commonDir, commit))) return true;
    const own = rootOf(snapshot, 'git-worktree');
    const index = own === null ? null : await findEntry(read, own, 'index');
    if (index === null) return false;
    return await lacksObjects({ git, read, scratch, commonDir, index: index.entry });
  }

  async #branch(
    gitDir: string,
    ref: string,
    to: string | null,
    { lost, missing }: { lost: boolean; missing: boolean },
  ): Promise<void> {
    const from = lost
      ? await (await this.#backups()).ref(ref)
      : await refValue(this.#in.git, gitDir, ref);
    if (from === to) return;
    if (from !== null && missing && !this.#in.withGitState) {
      this.#notes.push(`${shortRef(ref)} has moved since the snapshot and was left where it is.`);
      return;
    }
    this.#then.push({ kind: 'ref', gitDir, ref, from, to });
    this.#changes.push({ what: ref, from, to });
  }

  /** A branch that is not checked out now, back to where the safety snapshot saw it. */
  async #branchOfUndo(gitDir: string, ref: string, own: string | null): Promise<void> {
    if (ref === own) return;
    const common = rootOf(this.#in.snapshot, 'git-common');
    const to = common === null ? null : await refIn(this.#in.read, common, ref);
    const from = await refValue(this.#in.git, gitDir, ref);
    if (to === null || from === to) return;
    this.#then.push({ kind: 'ref', gitDir, ref, from, to });
    this.#changes.push({ what: ref, from, to });
  }

  /** The files of the worktree's own git directory. @returns the moves of the index */
  async #ownFiles(gitDir: string, missing: boolean, head: string | null): Promise<Move[]> {
    const { read, snapshot, present } = this.#in;
    const from = missing ? null : rootOf(present, 'git-worktree');
    const planner = this.#planner(missing ? 'fill' : 'exact');
    for await (const step of diffTrees(read, from, rootOf(snapshot, 'git-worktree'))) {
      if (step.kind !== 'same' && isLeftToGit(step, missing, head)) continue;
      planner.add(step);
      if (step.kind === 'changed' && step.to?.entry.kind !== 'folder' && !missing)
        this.#changes.push({ what: step.path, from: mark(step.from), to: mark(step.to) });
    }
    const literal = missing && head !== null ? [this.#text('HEAD', `${head}\n`)] : [];
    const work = withTexts(planner.finish(), literal);
    this.#areas.push({ root: gitDir, work });
    const ofIndex = (move: Move): boolean => 'path' in move && move.path === 'index';
    const moves = [...work.removes, ...work.puts];
    this.#then.push(...moves.filter((move) => !ofIndex(move)));
    return moves.filter(ofIndex);
  }

  /** A `.git` file, which no snapshot holds because it is the link to the state. */
  #linkFile(gitDir: string): void {
    const { target } = this.#in;
    // Git names a submodule's directory by the way to it, so that both can be moved together.
    const named =
      this.#info.role === 'main' ? relative(target, gitDir).replaceAll(sep, '/') : gitDir;
    const area = this.#text('.git', `gitdir: ${named}\n`);
    this.#areas.push({ root: target, work: withTexts(this.#planner('fill').finish(), [area]) });
    this.#then.push(area.move);
    this.#changes.push({ what: '.git', from: null, to: gitDir });
  }

  #text(path: string, text: string): { move: Move; item: StageItem } {
    const bytes = encodeName(text);
    const number = this.#in.number();
    const area = this.#nextArea();
    return {
      move: { kind: 'put', area, number, path, entry: 'file', was: null, atomic: false },
      item: {
        number,
        below: '',
        path,
        mtime: 0n,
        text,
        entry: {
          kind: 'file',
          name: path,
          mode: 0o644,
          size: bytes.length,
          id: blobIdOf(bytes),
          chunked: false,
        },
      },
    };
  }

  async #checkedOutElsewhere(ref: string): Promise<boolean> {
    const { stdout } = await this.#in.git.run({
      gitDir: this.#info.commonDir,
      args: ['worktree', 'list', '--porcelain', '-z'],
    });
    const worktrees = parseWorktreeList(stdout);
    // Git lists a submodule's own worktree under the path of its git directory.
    const others = this.#info.role === 'main' ? worktrees.slice(1) : worktrees;
    return others.some(
      ({ branch, path, prunable }) =>
        branch === ref && path !== this.#in.target && prunable === null,
    );
  }

  #planner(policy: 'exact' | 'fill'): Planner {
    return new Planner({ area: this.#nextArea(), policy, atomic: true, number: this.#in.number });
  }

  #nextArea(): number {
    return this.#in.firstArea + this.#areas.length;
  }

  #result(lock: string | null): GitWork {
    return {
      areas: this.#areas,
      first: this.#first,
      then: this.#then,
      finishes: this.#areas.flatMap(({ work }) => work.finishes),
      changes: this.#changes,
      notes: [...this.#notes, ...this.#areas.flatMap(({ work }) => work.notes)],
      lock,
    };
  }
}

/** What is not put back as a file: HEAD and the logs are moved and written by git itself. */
function isLeftToGit(
  step: Exclude<DiffStep, { kind: 'same' }>,
  missing: boolean,
  head: string | null,
): boolean {
  const { path } = step;
  // One that could not be read when it was captured comes back as it was.
  if (path === 'HEAD') return head !== null || !missing;
  if (missing) return false;
  if (path === 'gitdir' || path === 'commondir' || path === 'locked') return true;
  // A log only grows; what it says of later moves is still wanted.
  if (path === 'logs' || path.startsWith('logs/')) return step.from !== null;
  return step.to === null && path.startsWith('sharedindex.');
}

function mark(side: { readonly entry: { readonly kind: string } } | null): string | null {
  return side === null ? null : side.entry.kind;
}

function withTexts(work: AreaWork, texts: readonly { move: Move; item: StageItem }[]): AreaWork {
  return {
    ...work,
    puts: [...work.puts, ...texts.map(({ move }) => move)],
    items: [...work.items, ...texts.map(({ item }) => item)],
  };
}

function shortRef(ref: string | null): string {
  return displayName((ref ?? '').replace(/^refs\/heads\//, ''));
}
