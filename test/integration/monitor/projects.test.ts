import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { DependencyCheck } from '../../../agent/monitor/projects/dependencies';
import { diskUse } from '../../../agent/monitor/projects/disk-use';
import { suggestComponents } from '../../../agent/monitor/projects/suggest';
import { systemClock } from '../../../agent/support/clock';
import { silentLog } from '../../../agent/support/log';
import { Git } from '../../../agent/worktrees/git';
import { componentName, componentSpec } from '../../../agent/protocol/component-spec';
import { PROJECT_KINDS } from '../../../agent/worktrees/project-kinds';
import { regenerableByName } from '../../../agent/worktrees/regenerable';

const GIT = new Git({ clock: systemClock, log: silentLog });

describe('projects of any kind are recognised', () => {
  let root: string;
  beforeEach(() => {
    root = realpathSync(mkdtempSync(join(tmpdir(), 'bulwark-projects-')));
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  const write = (path: string, content = ''): void => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  };

  it('each by any of its files, alike', async () => {
    for (const { id, title, markers } of PROJECT_KINDS)
      for (const marker of markers) {
        write(join('each', marker.replace('*', 'app')));
        const { kinds } = await suggestComponents(join(root, 'each'), GIT);
        assert.ok(kinds.includes(title), `${id} by ${marker}`);
        rmSync(join(root, 'each'), { recursive: true });
      }
    mkdirSync(join(root, 'none'));
    assert.deepEqual((await suggestComponents(join(root, 'none'), GIT)).kinds, []);
  });

  it('and the server that they usually have is offered as a component that can be used as it is', async () => {
    write('package.json', JSON.stringify({ scripts: { dev: 'vite --port 5555', test: 'x' } }));
    write('pnpm-lock.yaml');
    write('api/manage.py');
    write('shop service/mix.exs', '{:phoenix, "~> 1.7"}');
    write('java/pom.xml', 'spring-boot-maven-plugin spring-boot-starter-actuator');
    write('lib/Cargo.toml');
    write('broken/package.json', '{ not json');
    const { components } = await suggestComponents(root, GIT);
    assert.deepEqual(Object.keys(components).sort(), ['api', 'java', 'shop-service', 'web']);
    const web = components['web'];
    assert.deepEqual(web?.command, ['pnpm', 'run', 'dev']);
    assert.deepEqual(web.health, { kind: 'tcp', port: 5555 });
    assert.equal(components['api']?.cwd, 'api');
    assert.deepEqual(components['java']?.health, {
      kind: 'http',
      url: 'http://127.0.0.1:8080/actuator/health',
    });
    for (const [name, component] of Object.entries(components)) {
      componentName.parse(name);
      componentSpec.parse(component);
    }
  });

  it('and nothing is offered of what git ignores: a build made it', async () => {
    run('git', ['init', '-q']);
    write('.gitignore', 'out/\n');
    for (const folder of ['out', 'shop'])
      write(`${folder}/package.json`, JSON.stringify({ scripts: { dev: 'vite' } }));
    const { components } = await suggestComponents(root, GIT);
    assert.deepEqual(Object.keys(components), ['shop']);
  });

  it('dependencies that npm installed are in step, until the lock file asks for others', async function () {
    this.timeout(60_000);
    for (const version of ['1.0.0', '2.0.0']) {
      write(`dep-${version}/package.json`, JSON.stringify({ name: 'dep', version }));
      run('npm', ['pack', '--silent', `./dep-${version}`]);
    }
    write('app/package.json', JSON.stringify({ name: 'app', version: '1.0.0' }));
    const check = new DependencyCheck();
    const state = async (): Promise<string[]> =>
      (await check.of(join(root, 'app'))).map((one) => one.state);
    assert.deepEqual(await state(), []);
    install('dep-1.0.0.tgz');
    assert.deepEqual(await state(), ['in-step']);
    // As a change of branch does it: newer, and the same.
    utimesSync(join(root, 'app/package-lock.json'), new Date(), new Date(Date.now() + 5_000));
    assert.deepEqual(await state(), ['in-step']);
    // As a pull brings it: somebody else has installed another version.
    write('other/package.json', JSON.stringify({ name: 'app', version: '1.0.0' }));
    install('dep-2.0.0.tgz', 'other');
    copyFileSync(join(root, 'other/package-lock.json'), join(root, 'app/package-lock.json'));
    assert.deepEqual(await state(), ['behind']);
    install('dep-2.0.0.tgz');
    assert.deepEqual(await state(), ['in-step']);
    rmSync(join(root, 'app/node_modules'), { recursive: true });
    assert.deepEqual(await state(), ['not-installed']);
  });

  it('also those that leave a copy of their lock file', async () => {
    write('ios/Podfile');
    write('ios/Podfile.lock', 'A 1\n');
    const check = new DependencyCheck();
    const states = async (): Promise<string[]> => (await check.of(root)).map((one) => one.state);
    assert.deepEqual(await states(), ['not-installed']);
    write('ios/Pods/Manifest.lock', 'A 1\n');
    assert.deepEqual(await states(), ['in-step']);
    write('ios/Podfile.lock', 'A 22\n');
    assert.deepEqual(await states(), ['behind']);
  });

  it('what a tool makes again is counted apart, by the rules of snapshots', async () => {
    write('src/main.rs', 'x'.repeat(100));
    write('Cargo.toml', 'x'.repeat(10));
    write('target/debug/app', 'x'.repeat(5000));
    write('web/node_modules/a/node_modules/b/index.js', 'x'.repeat(300));
    write('docs/target/kept.txt', 'x'.repeat(7));
    write('cache/CACHEDIR.TAG', 'x');
    write('.git/objects/pack', 'x'.repeat(9999));
    const use = await diskUse(root);
    assert.deepEqual(use, {
      bytes: 100 + 10 + 5000 + 300 + 7 + 1,
      files: 6,
      regenerable: [
        { path: 'target', bytes: 5000 },
        { path: 'web/node_modules', bytes: 300 },
        { path: 'cache', bytes: 1 },
      ],
      regenerableBytes: 5301,
      partial: false,
    });
    assert.equal(regenerableByName('target', new Set(['Cargo.toml'])), 'target beside Cargo.toml');
    await assert.rejects(diskUse(root, AbortSignal.abort()), { name: 'AbortError' });
  });

  const run = (program: string, args: readonly string[], cwd = root): void => {
    execFileSync(program, args, { cwd, stdio: 'ignore', shell: process.platform === 'win32' });
  };
  const install = (tarball: string, into = 'app'): void => {
    const options = ['--offline', '--no-audit', '--no-fund', '--cache', join(root, 'npm-cache')];
    run('npm', ['install', `../${tarball}`, ...options], join(root, into));
  };
});
