import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';

import { systemClock } from '../../agent/support/clock';
import { installationFromEnvironment } from '../support/vscode/installation';
import { type LaunchOptions, VSCode } from '../support/vscode/vscode';
import { makeSampleRepository, type SampleRepository } from './sample-repository';

/** One window on a sample repository, with an agent of its own, for all tests of a `describe`. */
export interface Story {
  readonly code: VSCode;
  readonly repository: SampleRepository;
  /** The agent's folder. */
  readonly home: string;
}

/** What a story begins with. */
export interface StoryOptions extends Pick<LaunchOptions, 'settings' | 'askForTrust'> {
  /**
   * Makes more than the sample repository, before the window opens.
   * @returns what the window opens instead of the main worktree
   */
  readonly prepare?: (repository: SampleRepository, home: string) => Promise<string | undefined>;
}

/** What the status item says when all is well. */
export const PROTECTED = /^\s*Protected/;

/**
 * Sets a story up and takes it down again, with mocha's hooks. Its tests build on each other, so
 * after one that failed the others are not tried; what explains the failure is kept.
 * @returns the story; to be called inside of tests only
 */
export function tellStory(options: StoryOptions = {}): () => Story {
  let folder: string | undefined;
  let story: Story | undefined;
  let broken = false;
  const home = (): string => join(folder ?? '', 'bulwark');

  before(async () => {
    const installation = installationFromEnvironment();
    folder = await mkdtemp(join(installation.temp, 'work-'));
    const repository = makeSampleRepository(folder);
    await mkdir(home(), { mode: 0o700 });
    const open = (await options.prepare?.(repository, home())) ?? repository.main;
    const { settings = {}, askForTrust = false } = options;
    const code = await VSCode.launch({
      settings,
      askForTrust,
      installation,
      clock: systemClock,
      vsix: [installation.vsix],
      open,
      env: { BULWARK_HOME: home() },
    });
    story = { code, repository, home: home() };
  });

  beforeEach(() => {
    assert.ok(!broken, 'an earlier part of the story failed');
  });

  afterEach(async function () {
    const test = this.currentTest;
    if (test?.state !== 'failed') return;
    broken = true;
    await story?.code.keepEvidence(test.title, home());
  });

  after(async () => {
    await story?.code.close();
    if (folder !== undefined) await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  });

  return () => {
    assert.ok(story !== undefined, 'the window is not open yet');
    return story;
  };
}
