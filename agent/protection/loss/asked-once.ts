import type { Git, GitCall, GitResult } from '../../worktrees/git';

/** What a look at a loss needs of git: answers. */
export type GitAnswers = Pick<Git, 'run'>;

/**
 * Asks git each question once and gives the same answer to all who ask it again. Only for as long as one
 * look at a loss takes: it compares up to 64 states, of which most ask the same, and each git that is
 * started costs some 15 ms of the agent's main thread.
 */
export function askedOnce(git: GitAnswers): GitAnswers {
  const answers = new Map<string, Promise<GitResult>>();
  return {
    run(call) {
      const question = questionOf(call);
      let answer = answers.get(question);
      if (answer === undefined) answers.set(question, (answer = git.run(call)));
      return answer;
    },
  };
}

function questionOf(call: GitCall): string {
  const place = 'gitDir' in call ? ['gitDir', call.gitDir] : ['cwd', call.cwd];
  const input = call.input === undefined ? null : Buffer.from(call.input).toString('latin1');
  return JSON.stringify([place, call.args, call.okCodes ?? null, input]);
}
