import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../../agent/support/clock';
import { silentLog } from '../../../agent/support/log';
import { Git } from '../../../agent/worktrees/git';

/** A folder of real repositories for one test. */
export class Sandbox {
  readonly root = realpathSync(mkdtempSync(join(tmpdir(), 'bulwark-worktrees-')));
  readonly git = new Git({ clock: systemClock, log: silentLog });

  path(...parts: string[]): string {
    return join(this.root, ...parts);
  }

  /** Runs git as a developer would, without this machine's settings. */
  run(cwd: string, ...args: string[]): string {
    return execFileSync('git', args, {
      cwd: this.path(cwd),
      env: developerEnvironment(),
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  }

  /** Like {@link run} for git that stops in a conflict and so exits with 1. */
  runConflicting(cwd: string, ...args: string[]): void {
    try {
      this.run(cwd, ...args);
    } catch {
      return;
    }
    throw new Error(`git ${args.join(' ')} met no conflict`);
  }

  shell(script: string): void {
    execFileSync('sh', ['-ec', script], {
      cwd: this.root,
      env: developerEnvironment(),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  }

  write(path: string, content: string): void {
    writeFileSync(this.path(path), content);
  }

  /** A repository on `main` with one commit of `file`. */
  repository(name: string): string {
    this.run('.', 'init', '-q', '-b', 'main', name);
    this.commit(name, 'file', 'one\n');
    return this.path(name);
  }

  commit(cwd: string, file: string, content: string): string {
    this.write(join(cwd, file), content);
    this.run(cwd, 'add', file);
    this.run(cwd, 'commit', '-q', '-m', `change ${file}`);
    return this.run(cwd, 'rev-parse', 'HEAD').trim();
  }

  /** A program that stands in for git. */
  fakeGit(script: string): string {
    const path = this.path(`git-${String(Math.random()).slice(2)}`);
    writeFileSync(path, `#!/bin/sh\n${script}\n`);
    chmodSync(path, 0o755);
    return path;
  }

  remove(): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}

function developerEnvironment(): NodeJS.ProcessEnv {
  return {
    PATH: process.env['PATH'],
    HOME: '/nonexistent',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_AUTHOR_NAME: 'Dev',
    GIT_AUTHOR_EMAIL: 'dev@example.com',
    GIT_COMMITTER_NAME: 'Dev',
    GIT_COMMITTER_EMAIL: 'dev@example.com',
    GIT_EDITOR: 'true',
    GIT_ALLOW_PROTOCOL: 'file',
    LC_ALL: 'C',
  };
}
