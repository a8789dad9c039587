import { createServer, type Server } from 'node:http';
import { cp, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { componentSpec } from '../../agent/protocol/component-spec';
import { git } from '../support/git-inventory';
import { freePort } from '../support/healing-world';
import { OrdinaryDay } from '../support/ordinary-day';
import { CAN_MOUNT, SmallDisk } from '../support/small-disk';

const HOUR = 3_600_000;
const MIB = 1024 * 1024;
/** For the machine that the test runs on: to the agent, whose time goes much faster, it seems slow. */
const PATIENT = { timeoutMs: 60_000, intervalMs: 300_000 };

/** Source files, by path. @param from number of the first */
function sources(folder: string, count: number, text: string, from = 0): Record<string, string> {
  return Object.fromEntries(
    Array.from({ length: count }, (_, i) => [
      `${folder}/part${String((from + i) % 12)}/file${String(from + i)}.ts`,
      `export const value${String(from + i)} = '${text} ${String(i)}';\n`.repeat(5),
    ]),
  );
}

/** A program that answers to http, as a developer's server does. */
const SERVER = `
  require('http').createServer((_, answer) => answer.end('ok')).listen(Number(process.env.PORT), '127.0.0.1');
`;

describe('an ordinary day of a developer raises nothing', function () {
  this.timeout(180_000);
  const day = new OrdinaryDay();
  const app = join(day.work, 'app');
  const trees = ['feature', 'review', 'hotfix'].map((name) => join(day.work, name));
  const [feature = '', review = '', hotfix = ''] = trees;
  let disk: SmallDisk | null = null;
  let api: Server;
  let apiPort: number;
  let beats: ReturnType<typeof day.clock.setTimeout> | null = null;

  const listen = (): Promise<void> =>
    new Promise((resolve, reject) => {
      api = createServer((_, answer) => answer.end('ok'));
      api.once('error', reject);
      api.listen(apiPort, '127.0.0.1', resolve);
    });
  const commit = async (tree: string, message: string): Promise<void> => {
    await day.git(tree, ['add', '-A']);
    await day.git(tree, ['commit', '-qm', message]);
  };
  const stateOf = (id: string): string => day.system.manager.health.components.view(id).state.kind;

  before(async () => {
    await makeRepository();
    [apiPort] = [await freePort()];
    await listen();
    const webPort = await freePort();
    await writeFile(join(day.root, 'server.js'), SERVER);
    const web = { kind: 'http', url: `http://127.0.0.1:${String(webPort)}/` };
    const url = `http://127.0.0.1:${String(apiPort)}/`;
    await day.begin(
      {
        api: { kind: 'http', url, ...PATIENT },
        port: { kind: 'tcp', port: apiPort, ...PATIENT },
        nightly: { kind: 'file', path: 'bulwark.json', maxAgeMs: 48 * HOUR, ...PATIENT },
        web: {
          kind: 'process',
          command: [process.execPath, join(day.root, 'server.js')],
          env: { PORT: String(webPort) },
          dependsOn: ['port'],
          startup: web,
          health: web,
          ...PATIENT,
        },
      },
      { exclude: ['/scratch'] },
    );
    const { protection, health } = day.system.manager;
    await protection.protect(app, {});
    if (CAN_MOUNT) {
      disk = new SmallDisk(64 * MIB);
      await mkdir(join(disk.path, 'data', 'scratch'), { recursive: true });
      await writeFile(join(disk.path, 'data', 'notes.txt'), 'notes');
      day.smallDisk = join(disk.path, 'data');
      await protection.protect(join(disk.path, 'data'), {});
    }
    const beat = await health.components.register(
      {
        spec: componentSpec.parse({ kind: 'heartbeat', everyMs: 60_000 }),
        folder: day.root,
        origin: { kind: 'program', name: 'a program' },
      },
      'worker',
      day,
    );
    const next = (): void => {
      health.components.heartbeat(beat.id);
      beats = day.clock.setTimeout(next, 20_000);
    };
    next();
    await day.until('the server is up', () => stateOf('web') === 'up' && stateOf('api') === 'up');
    await day.staysQuiet();
  });

  after(async () => {
    beats?.cancel();
    api.close();
    await day.close();
    disk?.remove();
  });

  let hours = 0;
  const quiet = (what: string, work: () => Promise<void>): void => {
    it(what, async () => {
      await work();
      hours += 1;
      // All day long the disk is now fuller, now emptier, and never full.
      if (disk !== null)
        await writeFile(
          join(disk.path, 'data', 'scratch', 'big'),
          Buffer.alloc((hours % 2 === 0 ? 10 : 50) * MIB),
        );
      await day.staysQuiet();
    });
  };

  async function makeRepository(): Promise<void> {
    await mkdir(app, { recursive: true });
    await day.git(app, ['init', '-q', '-b', 'main']);
    const lock = JSON.stringify({ lockfileVersion: 3, packages: { '': { name: 'app' } } });
    await day.write(app, {
      ...sources('src', 300, 'first'),
      ...sources('test', 60, 'test'),
      'package.json': '{"name":"app"}',
      'package-lock.json': lock,
      '.gitignore': 'node_modules/\nout/\ndist/\ncoverage/\n*.log\n.env\n',
      '.env': 'SECRET=1\n',
    });
    await commit(app, 'first');
    for (const tree of trees) {
      const branch = tree.slice(day.work.length + 1);
      await day.git(app, ['worktree', 'add', '-q', '-b', branch, tree]);
      await install(tree);
    }
    await install(app);
  }

  async function install(tree: string): Promise<void> {
    await day.write(tree, sources('node_modules/lib', 60, 'library'));
    await cp(join(tree, 'package-lock.json'), join(tree, 'node_modules', '.package-lock.json'));
  }

  quiet('builds that write thousands of files, and clean up before the next', async () => {
    for (let round = 0; round < 2; round++) {
      await day.write(app, sources('out', 1500, `build ${String(round)}`));
      await day.write(app, sources('dist', 200, `bundle ${String(round)}`));
      await day.takenIn();
      await rm(join(app, 'out'), { recursive: true });
      await rm(join(app, 'dist'), { recursive: true });
    }
    await day.write(app, sources('out', 100, 'the last build'));
  });

  quiet('test runs with coverage, logs and folders for a moment', async () => {
    for (let n = 0; n < 40; n++) {
      const folder = join(feature, 'test', `tmp-${String(n)}`);
      await day.write(folder, { 'a.txt': 'a', 'b/c.txt': 'c' });
      await writeFile(join(feature, 'test.log'), `line ${String(n)}\n`, { flag: 'a' });
      await rm(folder, { recursive: true });
    }
    await day.write(feature, sources('coverage', 120, 'covered'));
    await rm(join(feature, 'coverage'), { recursive: true });
  });

  quiet('branches that are switched to and fro, with work and without', async () => {
    await day.git(app, ['switch', '-q', '-c', 'small']);
    await day.git(app, ['rm', '-rq', 'test']);
    await commit(app, 'no tests');
    await day.takenIn();
    for (let n = 0; n < 3; n++) {
      await day.git(app, ['switch', '-q', 'main']);
      await day.git(app, ['switch', '-q', 'small']);
    }
    await day.git(app, ['switch', '-q', 'main']);
    await writeFile(join(app, 'note.txt'), 'taken along');
    await day.git(app, ['switch', '-q', 'small']);
    await day.git(app, ['switch', '-q', 'main']);
  });

  quiet('commits, and one that is amended', async () => {
    await day.write(feature, sources('src', 20, 'second'));
    await commit(feature, 'second');
    await day.write(feature, sources('src', 10, 'better'));
    await day.git(feature, ['add', '-A']);
    await day.git(feature, ['commit', '-q', '--amend', '-m', 'second, better']);
  });

  quiet('work that is put aside and taken up again', async () => {
    await day.write(app, sources('src', 30, 'half done', 100));
    await writeFile(join(app, 'new.ts'), 'export {};\n');
    await day.takenIn();
    await day.git(app, ['stash', 'push', '-q', '-u']);
    await day.takenIn();
    await day.git(app, ['stash', 'pop', '-q']);
    await commit(app, 'done');
  });

  quiet('a merge', async () => {
    await day.git(review, ['merge', '-q', '--no-edit', 'feature']);
    await day.takenIn();
    await day.git(review, ['merge', '-q', '--no-edit', 'main']);
  });

  quiet('a merge that is resolved by hand', async () => {
    await writeFile(join(hotfix, 'note.txt'), 'another note');
    await commit(hotfix, 'a note of its own');
    await day.git(hotfix, ['merge', '-q', 'main']).catch(() => undefined);
    await day.pass();
    await writeFile(join(hotfix, 'note.txt'), 'both notes');
    await commit(hotfix, 'merged');
  });

  quiet('an interactive rebase that stops for an edit and goes on', async () => {
    for (const text of ['one', 'two', 'three']) {
      await writeFile(join(feature, `${text}.txt`), text);
      await commit(feature, text);
    }
    await day.git(feature, ['rebase', '-q', '-i', 'HEAD~3'], {
      GIT_SEQUENCE_EDITOR: 'sed -i -e "1s/^pick/edit/"',
    });
    await day.pass();
    await writeFile(join(feature, 'one.txt'), 'one, edited');
    await day.git(feature, ['add', '-A']);
    await day.git(feature, ['commit', '-q', '--amend', '--no-edit']);
    await day.git(feature, ['rebase', '--continue']);
  });

  quiet('a rebase onto the main branch, and one that is given up', async () => {
    await day.git(feature, ['rebase', '-q', 'main']);
    await day.takenIn();
    await day.git(hotfix, ['rebase', '-q', 'feature~2']).catch(() => undefined);
    await day.git(hotfix, ['rebase', '--abort']).catch(() => undefined);
  });

  quiet('worktrees that are added and removed', async () => {
    for (const name of ['short', 'shorter']) {
      const tree = join(day.work, name);
      await day.git(app, ['worktree', 'add', '-q', '-b', name, tree]);
      await day.takenIn();
      await writeFile(join(tree, `${name}.txt`), name);
      await commit(tree, name);
      await day.takenIn();
      await day.git(app, ['merge', '-q', '--no-edit', name]);
      await day.git(app, ['worktree', 'remove', tree]);
      await day.git(app, ['branch', '-q', '-d', name]);
    }
  });

  quiet('a detached look at an older commit', async () => {
    await day.git(review, ['switch', '-q', '--detach', 'HEAD~1']);
    await day.pass();
    await day.git(review, ['switch', '-q', 'review']);
  });

  quiet('300 files that are saved at once', async () => {
    await day.write(app, sources('src', 300, 'renamed everywhere'));
  });

  quiet('a formatter over all files, several times', async () => {
    for (let n = 0; n < 3; n++) {
      const all = { ...sources('src', 300, 'x'), ...sources('test', 60, 'x') };
      await day.write(
        app,
        Object.fromEntries(Object.entries(all).map(([path, text]) => [path, `${text}\n`])),
      );
    }
    await commit(app, 'formatted');
  });

  quiet('a folder that is moved, and one that is removed from git', async () => {
    await rename(join(app, 'test'), join(app, 'spec'));
    await day.takenIn();
    await commit(app, 'moved');
    await day.takenIn();
    await day.git(app, ['rm', '-rq', 'spec']);
    await day.takenIn();
    await day.git(app, ['commit', '-qm', 'no spec']);
  });

  quiet('git tidied up by its owner', async () => {
    await day.git(app, ['repack', '-adq']);
    await day.git(app, ['pack-refs', '--all']);
    await day.git(app, ['reflog', 'expire', '--all', '--expire=1.hour.ago']);
    await day.git(app, ['prune-packed', '-q']);
    await day.git(app, ['gc', '-q']);
  });

  quiet('dependencies that are deleted and installed anew', async () => {
    for (const tree of [app, ...trees]) {
      await rm(join(tree, 'node_modules'), { recursive: true });
      await day.takenIn();
      await install(tree);
    }
  });

  quiet('a server that its owner stops and starts', async () => {
    const { components } = day.system.manager.health;
    await components.stop('web');
    await day.pass();
    components.start('web');
    await day.until('it is up again', () => stateOf('web') === 'up');
    await components.restart('web');
    await day.until('it is up once more', () => stateOf('web') === 'up');
  });

  quiet('a machine that sleeps for a night, by either kind of clock', async () => {
    day.clock.slept(8 * HOUR);
    await day.staysQuiet();
    day.clock.sleptWithAllClocks(8 * HOUR);
  });

  quiet('a clock that is set', async () => {
    day.clock.set(-3 * HOUR);
    await day.staysQuiet();
    day.clock.set(2 * HOUR);
  });

  quiet('a network that is off for a moment', async () => {
    const { components } = day.system.manager.health;
    const missed = new Promise<void>((resolve) => {
      const listening = components.onChecked.on(({ id, ok }) => {
        if (id !== 'api' || ok) return;
        listening.dispose();
        resolve();
      });
    });
    api.closeAllConnections();
    api.close();
    day.clock.go(60);
    await missed;
    day.clock.go(1);
    await listen();
  });

  it('and all of it is still healthy', () => {
    for (const tree of [app, ...trees]) git(tree, 'fsck', '--connectivity-only');
  });
});
