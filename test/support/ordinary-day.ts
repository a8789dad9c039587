import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, lstatSync, mkdtempSync, readdirSync, realpathSync, rmSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { openSystem, type System } from '../../agent/open-system';
import type { AlertView } from '../../agent/monitor/alerts/alert-book';
import { systemClock } from '../../agent/support/clock';
import { DayClock } from './day-clock';

const SCRIPT = resolve(__dirname, '../../agent/main.js');
const run = promisify(execFile);
/** How fast time goes while nothing is done, and how much of it has to pass without a word. */
const FAST = 60;
const QUIET_MS = 75_000;
/** Real time for the agent to take in what happened, ms. */
const PATIENCE_MS = 30_000;
const CALM_MS = 300;

/**
 * The whole agent in this process, over real repositories and programs, on a day that goes faster
 * where nobody does anything. Everything that it raises is gathered.
 */
export class OrdinaryDay {
  readonly clock = new DayClock();
  readonly root = realpathSync(mkdtempSync(join(tmpdir(), 'bulwark-day-')));
  /** What lies here belongs to the developer. */
  readonly work = join(this.root, 'work');
  readonly home = join(this.root, 'home');
  #system: System | null = null;
  #raised: string[] = [];
  #small: string | null = null;

  get system(): System {
    if (this.#system === null) throw new Error('the agent does not run');
    return this.#system;
  }

  /** @param components that the agent watches and runs */
  async begin(components: Readonly<Record<string, unknown>>, settings: object): Promise<void> {
    await mkdir(this.home, { recursive: true });
    await writeFile(join(this.home, 'bulwark.json'), JSON.stringify({ components }));
    await writeFile(join(this.home, 'settings.json'), JSON.stringify(settings));
    this.#system = await openSystem({
      home: this.home,
      version: '0.0.0',
      script: SCRIPT,
      clock: this.clock,
      passphrase: null,
      embedded: true,
      asked: {},
    });
    const { manager } = this.#system;
    manager.health.onEvent.on((event) => {
      if (event.kind === 'alert-changed' && event.alert.phase.kind === 'firing')
        this.#take(event.alert);
      if (
        event.kind === 'notification' &&
        event.notification.alerts.some((one) => this.#is(one.subject))
      )
        this.#raised.push(`notification: ${event.notification.alerts[0]?.message ?? ''}`);
    });
    manager.onEvent.on((event) => {
      if (event.kind === 'loss')
        this.#raised.push(`loss: ${event.loss.kind} of ${event.loss.paths.join(', ')}`);
    });
    manager.healing.onChange.on(({ phase, incident }) => {
      if (this.#is(incident.subject))
        this.#raised.push(`recovery: ${incident.fault} ${incident.subject.id} ${phase}`);
    });
    manager.incidents.onChange.on(({ kind, incident }) => {
      for (const { subject, message } of incident.parts)
        if (this.#is(subject)) this.#raised.push(`incident ${kind}: ${message}`);
    });
    manager.emergencies.onChange.on(({ emergency }) => {
      this.#raised.push(`emergency: ${emergency.message}`);
    });
    await (
      await this.#system.begin(() => undefined)
    ).underWay;
  }

  /** A disk of the day: what is said of others tells of the machine that the test runs on. */
  set smallDisk(path: string) {
    this.#small = path;
  }

  async close(): Promise<void> {
    this.clock.go(1);
    await this.#system?.close();
    rmSync(this.root, { recursive: true, force: true });
  }

  /** Runs git as the developer does, with their editor. */
  async git(cwd: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<string> {
    const { stdout } = await run(
      'git',
      ['-c', 'user.name=T', '-c', 'user.email=t@example.org', ...args],
      {
        cwd,
        env: {
          PATH: process.env['PATH'],
          HOME: this.root,
          GIT_CONFIG_NOSYSTEM: '1',
          GIT_EDITOR: 'true',
          ...env,
        },
      },
    );
    return stdout.trim();
  }

  async write(folder: string, files: Readonly<Record<string, string>>): Promise<void> {
    const paths = Object.keys(files).map((path) => join(folder, path));
    for (const parent of new Set(paths.map((path) => dirname(path))))
      await mkdir(parent, { recursive: true });
    await Promise.all(
      Object.entries(files).map(([path, content]) => writeFile(join(folder, path), content)),
    );
  }

  /** Waits, in real time, until something is so. */
  async until(what: string, isSo: () => boolean): Promise<void> {
    const end = systemClock.monotonic() + PATIENCE_MS;
    while (!isSo()) {
      if (systemClock.monotonic() > end) {
        const guards = this.system.manager.protection.guards();
        const covers = guards.map(({ source, cover, journal }) => [
          source.path,
          cover.kind,
          journal.behindMs,
        ]);
        throw new Error(`waited in vain: ${what}; ${JSON.stringify(covers)}`);
      }
      await systemClock.sleep(20);
    }
  }

  /** Waits until the agent has saved and looked at what happened. */
  async takenIn(): Promise<void> {
    let calmSince = systemClock.monotonic();
    const { protection } = this.system.manager;
    await this.until('everything is saved', () => {
      const isCalm = protection
        .guards()
        .filter(({ source }) => existsSync(source.path))
        .every(({ cover, journal }) => cover.kind === 'current' && journal.behindMs === 0);
      if (!isCalm) calmSince = systemClock.monotonic();
      return systemClock.monotonic() - calmSince >= CALM_MS;
    });
  }

  /** Lets some time pass in which nobody does anything. */
  async pass(ms = QUIET_MS): Promise<void> {
    // What is real takes its time however fast the clock goes.
    await this.takenIn();
    this.clock.go(FAST);
    await this.clock.sleep(ms);
    this.clock.go(1);
  }

  /** Nothing was raised of what was done, nothing is of it later, and no file is touched. */
  async staysQuiet(): Promise<void> {
    const before = stockOf(this.work);
    await this.pass();
    await this.takenIn();
    const raised = this.#raised;
    this.#raised = [];
    assert.deepEqual(raised, []);
    const after = stockOf(this.work);
    const changed = [...new Set([...before.keys(), ...after.keys()])].filter(
      (path) => before.get(path) !== after.get(path),
    );
    assert.deepEqual(changed, [], 'the agent touched the worktrees');
  }

  #take(alert: AlertView): void {
    if (this.#is(alert.subject)) this.#raised.push(`alert: ${alert.fault}: ${alert.message}`);
  }

  /** Whether it is about the day: the memory and the other disks are those of whoever runs the test. */
  #is({ kind, id }: { readonly kind: string; readonly id: string }): boolean {
    return kind !== 'machine' || id === `disk ${this.#small ?? ''}`;
  }
}

/** What would tell that something was touched, by path. */
function stockOf(root: string): Map<string, string> {
  const stock = new Map<string, string>();
  for (const name of readdirSync(root, { recursive: true, encoding: 'utf8' })) {
    const { ino, mode, size, mtimeMs } = lstatSync(join(root, name));
    // Git sets the time of a shared index whenever it reads one.
    const time = name.includes('sharedindex.') ? 0 : mtimeMs;
    stock.set(name, [ino, mode, size, time].join(' '));
  }
  return stock;
}
