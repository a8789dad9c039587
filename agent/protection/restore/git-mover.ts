import { join } from 'node:path';
import { isObjectId } from '../../worktrees/head';
import { readSmall } from '../../worktrees/git-files';
import type { Git } from '../../worktrees/git';
import { STASH, stashedNow } from './stash';
import type { Move } from './work';

type RefMove = Extract<Move, { kind: 'ref' }>;
type HeadMove = Extract<Move, { kind: 'head' }>;
type StashMove = Extract<Move, { kind: 'stash' }>;

const WHO = {
  GIT_COMMITTER_NAME: 'Bulwark',
  GIT_COMMITTER_EMAIL: 'bulwark@localhost',
} as const;

/** Moves HEAD and the branch through git, so that the value before stays in the reflog. */
export class GitMover {
  readonly #git: Git;
  readonly #why: string;
  /** What could not be moved and why, for people. */
  readonly notes: string[] = [];

  /** @param why goes into the reflog */
  constructor(git: Git, why: string) {
    this.#git = git;
    this.#why = why;
  }

  async moveRef({ gitDir, ref, from, to }: RefMove): Promise<void> {
    if ((await refValue(this.#git, gitDir, ref)) === to) return;
    if (to === null) {
      await this.#update(gitDir, ['-d', ref, from ?? '']);
      return;
    }
    if (!(await hasCommit(this.#git, gitDir, to))) {
      this.notes.push(`${ref} was not moved: commit ${to.slice(0, 10)} is in no backup.`);
      return;
    }
    await this.#update(gitDir, [ref, to, from ?? '']);
  }

  async unmoveRef({ gitDir, ref, from, to }: RefMove): Promise<void> {
    if ((await refValue(this.#git, gitDir, ref)) !== to) return;
    if (from === null) await this.#update(gitDir, ['-d', ref, to ?? '']);
    else await this.#update(gitDir, [ref, from, to ?? '']);
  }

  async moveHead({ gitDir, to }: HeadMove): Promise<void> {
    await this.#setHead(gitDir, to);
  }

  async unmoveHead({ gitDir, from }: HeadMove): Promise<void> {
    if (from !== null) await this.#setHead(gitDir, from);
  }

  async addStash({ gitDir, commit, message }: StashMove): Promise<void> {
    if ((await stashedNow(this.#git, gitDir)).includes(commit)) return;
    if (!(await hasCommit(this.#git, gitDir, commit))) {
      this.notes.push(`A stash did not come back: ${commit.slice(0, 10)} is in no backup.`);
      return;
    }
    const args = ['update-ref', '--create-reflog', '-m', message || this.#why, STASH, commit];
    await this.#run(gitDir, args);
  }

  /** Takes {@link addStash} back, unless another stash was put on top meanwhile. */
  async dropStash({ gitDir, commit }: StashMove): Promise<void> {
    if ((await refValue(this.#git, gitDir, STASH)) !== commit) return;
    await this.#run(gitDir, ['reflog', 'delete', '--updateref', '--rewrite', `${STASH}@{0}`]);
    if ((await stashedNow(this.#git, gitDir)).length === 0)
      await this.#update(gitDir, ['-d', STASH]);
  }

  async #setHead(gitDir: string, to: string): Promise<void> {
    if ((await headText(gitDir)) === to) return;
    if (to.startsWith('ref: ')) {
      const ref = to.slice('ref: '.length);
      await this.#run(gitDir, ['symbolic-ref', '-m', this.#why, 'HEAD', ref]);
    } else if (await hasCommit(this.#git, gitDir, to))
      await this.#update(gitDir, ['--no-deref', 'HEAD', to]);
    else this.notes.push(`HEAD was not moved: commit ${to.slice(0, 10)} is in no backup.`);
  }

  async #update(gitDir: string, args: readonly string[]): Promise<void> {
    await this.#run(gitDir, ['update-ref', '-m', this.#why, ...args]);
  }

  async #run(gitDir: string, args: readonly string[]): Promise<void> {
    await this.#git.run({ gitDir, args, env: WHO });
  }
}

/** What `HEAD` says: `ref: refs/…` or a commit; null where it cannot be read. */
export async function headText(gitDir: string): Promise<string | null> {
  const text = await readSmall(join(gitDir, 'HEAD'));
  if (text === null) return null;
  const ref = /^ref:\s*(refs\/.+)$/.exec(text)?.[1];
  if (ref !== undefined) return `ref: ${ref}`;
  return isObjectId(text) ? text : null;
}

/** The commit that a ref names, or null where there is no such ref. */
export async function refValue(git: Git, gitDir: string, ref: string): Promise<string | null> {
  const { stdout, code } = await git.run({
    gitDir,
    args: ['rev-parse', '--quiet', '--verify', ref],
    okCodes: [0, 1, 128],
  });
  const text = stdout.toString('utf8').trim();
  return code === 0 && isObjectId(text) ? text : null;
}

/** Whether the repository has the commit itself. */
export async function hasCommit(git: Git, gitDir: string, commit: string): Promise<boolean> {
  const args = ['cat-file', '-e', `${commit}^{commit}`];
  return (await git.run({ gitDir, args, okCodes: [0, 1, 128] })).code === 0;
}
