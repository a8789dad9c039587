import assert from 'node:assert/strict';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import type { Loss } from '../../../agent/protocol/entities';
import { systemClock } from '../../../agent/support/clock';
import { JournalWorld, write } from '../../support/journal-world';
import { git } from '../../support/restore-world';

/** What the agent promises to keep: all that was on disk for so long, ms. */
const ONE_SECOND = 1_000;
/** Files of a worktree whose first snapshot takes a while, and the size of each. */
const LARGE = 4;
const LARGE_BYTES = 400 * 1024 * 1024;

const WORK = { 'src/app.txt': 'edited\n', 'new.txt': 'untracked\n', '.env': 'SECRET=1\n' };

interface Scene {
  readonly name: string;
  readonly kind: Loss['kind'];
  lose(repo: string, linked: string): void;
  /** Which of the worktrees loses something. */
  readonly linked?: boolean;
  readonly withGitState?: boolean;
  /** Whether HEAD has moved to the commit before, where it stays. */
  readonly movesHead?: boolean;
}

const SCENES: readonly Scene[] = [
  {
    name: 'git reset --hard and git clean -fdx',
    kind: 'reverted',
    lose: (repo) => {
      git(repo, 'reset', '-q', '--hard');
      git(repo, 'clean', '-fdxq', '-e', 'busy.log');
    },
  },
  {
    name: 'git checkout .',
    kind: 'reverted',
    lose: (repo) => {
      rmSync(join(repo, 'new.txt'));
      git(repo, 'checkout', '-q', '.');
    },
  },
  {
    name: 'git reset --hard to an earlier commit',
    kind: 'reverted',
    movesHead: true,
    lose: (repo) => {
      rmSync(join(repo, 'new.txt'));
      git(repo, 'reset', '-q', '--hard', 'HEAD~1');
    },
  },
  {
    name: 'git checkout --force of another commit',
    kind: 'reverted',
    movesHead: true,
    lose: (repo) => {
      rmSync(join(repo, 'new.txt'));
      git(repo, 'checkout', '-q', '--force', '--detach', 'HEAD~1');
    },
  },
  { name: 'git stash drop', kind: 'stash', lose: (repo) => git(repo, 'stash', 'drop', '-q') },
  {
    name: 'git worktree remove --force',
    kind: 'folder',
    linked: true,
    lose: (repo, linked) => git(repo, 'worktree', 'remove', '--force', linked),
  },
  {
    name: 'rm -rf of a folder inside',
    kind: 'deleted',
    lose: (repo) => rmSync(join(repo, 'many'), { recursive: true }),
  },
  {
    name: 'rm -rf of the whole repository',
    kind: 'folder',
    lose: (repo) => rmSync(repo, { recursive: true, maxRetries: 5 }),
  },
  {
    name: 'rm -rf .git',
    kind: 'git',
    lose: (repo) => rmSync(join(repo, '.git'), { recursive: true, maxRetries: 5 }),
  },
];

describe('what had been on disk for one second', function () {
  this.timeout(120_000);
  const world = new JournalWorld();
  const places = new Map<Scene, { repo: string; linked: string; head: string }>();
  let first: Promise<unknown>;
  let busy: NodeJS.Timeout;
  let cover: string;

  before(async () => {
    await world.start();
    const many = Object.fromEntries(
      Array.from({ length: 20 }, (_, i) => [`many/${String(i)}.txt`, `file ${String(i)}\n`]),
    );
    for (const [i, scene] of SCENES.entries()) {
      const repo = world.repository(`repo${String(i)}`, {
        ...many,
        'src/app.txt': 'committed\n',
        '.gitignore': '.env\nbusy.log\n',
      });
      write(repo, { 'second.txt': 'of the second commit\n' });
      git(repo, 'add', '.');
      git(repo, 'commit', '-qm', 'second');
      const linked = join(world.root, `linked${String(i)}`);
      git(repo, 'worktree', 'add', '-q', '-b', 'feature', linked);
      places.set(scene, { repo, linked, head: git(repo, 'rev-parse', 'HEAD') });
      await world.protect(repo);
    }
    const big = join(world.root, 'big');
    mkdirSync(big);
    // Reading them keeps all threads busy for seconds, though they take no space.
    for (let i = 0; i < LARGE; i++) {
      writeFileSync(join(big, String(i)), '');
      truncateSync(join(big, String(i)), LARGE_BYTES);
    }
    first = world.protect(big);

    const folderOf = (scene: Scene): string => {
      const { repo = '', linked = '' } = places.get(scene) ?? {};
      return scene.linked === true ? linked : repo;
    };
    // Every worktree is busy: something in it changes all the time.
    busy = setInterval(() => {
      for (const scene of SCENES)
        if (existsSync(folderOf(scene))) appendFileSync(join(folderOf(scene), 'busy.log'), '.');
    }, 40);
    for (const scene of SCENES) {
      write(folderOf(scene), WORK);
      if (scene.kind !== 'stash') continue;
      git(folderOf(scene), 'stash', '-q', '-u');
      write(folderOf(scene), WORK);
    }
    await systemClock.sleep(ONE_SECOND);
    for (const [scene, { repo, linked }] of places) scene.lose(repo, linked);
    cover = (await world.info(big)).protection.kind;
  });
  after(async () => {
    clearInterval(busy);
    await world.remove();
  });

  it('is lost while the first snapshot of another worktree runs', () => {
    assert.equal(cover, 'capturing');
  });

  for (const scene of SCENES)
    it(`comes back after ${scene.name}`, async () => {
      const place = places.get(scene);
      assert.ok(place);
      const folder = scene.linked === true ? place.linked : place.repo;
      const { loss } = await world.notice(folder);
      assert.equal(loss?.kind, scene.kind);

      await world.restoreAt(folder, loss.at, loss.withGitState);

      for (const [path, content] of Object.entries(WORK))
        assert.equal(readFileSync(join(folder, path), 'utf8'), content);
      assert.equal(readFileSync(join(folder, 'many/7.txt'), 'utf8'), 'file 7\n');
      const head = scene.movesHead === true ? `${place.head}~1` : place.head;
      assert.equal(git(folder, 'rev-parse', 'HEAD'), git(folder, 'rev-parse', head));
      if (scene.kind === 'stash') assert.match(git(folder, 'stash', 'list'), /WIP on main/);
    });

  it('is told of once', async () => {
    await first;
    const told = world.notices.flatMap(({ loss }) => loss?.worktree ?? []);
    assert.equal(new Set(told).size, told.length);
    const expected = [...places].map(([scene, { repo, linked }]) =>
      scene.linked === true ? linked : repo,
    );
    assert.deepEqual(told.toSorted(), expected.toSorted());
  });
});

describe('a folder that goes away right after files were deleted and edited', function () {
  this.timeout(60_000);
  const world = new JournalWorld();
  after(() => world.remove());

  it('is offered as it was last, not as it was with the most files', async () => {
    await world.start();
    const many = Array.from({ length: 30 }, (_, i) => `many/${String(i)}.txt`);
    const repo = world.repository('repo', {
      ...Object.fromEntries(many.map((path) => [path, `${path}\n`])),
      'app.txt': 'first\n',
    });
    await world.protect(repo);
    for (const path of many.slice(0, 12)) rmSync(join(repo, path));
    await world.entry(repo, ({ changes }) => changes.some(({ path }) => path === many[11]));
    write(repo, { 'app.txt': 'edited\n' });
    await world.entry(repo, ({ changes }) => changes.some(({ path }) => path === 'app.txt'));
    rmSync(repo, { recursive: true, maxRetries: 5 });

    const { loss } = await world.notice(repo);
    assert.equal(loss?.kind, 'folder');
    await world.restoreAt(repo, loss.at, loss.withGitState);

    assert.equal(readFileSync(join(repo, 'app.txt'), 'utf8'), 'edited\n');
    assert.equal(readFileSync(join(repo, 'many/20.txt'), 'utf8'), 'many/20.txt\n');
  });
});
