import assert from 'node:assert/strict';
import { join, resolve } from 'node:path';
import { ignoring } from '../../../agent/worktrees/watch-target';

describe('what a watch leaves out', () => {
  it('is a path with all below it, or what a pattern matches', () => {
    const root = resolve('/r');
    const ignored = ignoring(root, [
      join(root, 'a', '[b]'),
      '**/node_modules/**',
      '*.log',
      '.git',
      '**/target',
    ]);
    for (const path of [
      'a/[b]',
      'a/[b]/c/d',
      'node_modules',
      'x/node_modules',
      'x/node_modules/.bin/y',
      'x.log',
      '.git/objects/12',
      'x/target/debug/y',
    ])
      assert.ok(ignored.has(path), path);
    for (const path of ['a', 'a/b', 'a/[b]c', 'node_modules2', 'x/y.log', 'x/.git'])
      assert.ok(!ignored.has(path), path);
  });
});
