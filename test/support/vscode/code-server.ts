import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

import type { Clock } from '../../../agent/support/clock';
import { errnoOf } from '../../../agent/support/errors';
import { type Installation, privateEnvironment } from './installation';
import { until } from './until';

const run = promisify(execFile);

/** How a server is to be started. */
export interface CodeServerOptions {
  readonly installation: Installation;
  /** A folder of this server alone: settings, extensions, logs, the home folder. */
  readonly folder: string;
  /** User settings. */
  readonly settings: Readonly<Record<string, unknown>>;
  readonly vsix: readonly string[];
  /** Ask whether the folder is trusted, as VS Code does, instead of trusting it. */
  readonly askForTrust: boolean;
  readonly env: Readonly<Record<string, string>>;
  readonly clock: Clock;
}

/** A VS Code server of its own, with its own settings and extensions, on a free port. */
export class CodeServer {
  private constructor(
    readonly url: string,
    private readonly child: ChildProcess,
    private readonly clock: Clock,
  ) {}

  /** Installs the extensions, starts the server and waits until it listens. */
  static async start(options: CodeServerOptions): Promise<CodeServer> {
    const { installation, folder, clock } = options;
    const home = join(folder, 'home');
    const data = join(folder, 'data');
    await mkdir(home, { recursive: true, mode: 0o700 });
    // Where the server is, is a machine of its own: settings of machines are read from there.
    for (const scope of ['User', 'Machine']) {
      await mkdir(join(data, scope), { recursive: true });
      await writeFile(
        join(data, scope, 'settings.json'),
        `${JSON.stringify(options.settings, undefined, 2)}\n`,
      );
    }
    const config = join(folder, 'code-server.yaml');
    await writeFile(config, 'auth: none\n');
    const env = privateEnvironment(home, options.env);
    const common = [
      installation.entry,
      ...['--config', config],
      ...['--user-data-dir', data],
      ...['--extensions-dir', join(folder, 'extensions')],
    ];
    for (const vsix of options.vsix) {
      await run(installation.node, [...common, '--install-extension', vsix], { env });
    }
    const child = spawn(
      installation.node,
      [
        ...common,
        ...['--auth', 'none', '--bind-addr', '127.0.0.1:0'],
        ...['--disable-telemetry', '--disable-update-check', '--ignore-last-opened'],
        ...['--disable-getting-started-override'],
        ...(options.askForTrust ? [] : ['--disable-workspace-trust']),
      ],
      // A group of its own, so that its extension hosts and terminals stop with it.
      { env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] },
    );
    const log = createWriteStream(join(folder, 'server.log'));
    let said = '';
    child.stdout.on('data', (chunk: Buffer) => {
      said += chunk.toString();
      log.write(chunk);
    });
    child.stderr.pipe(log, { end: false });
    child.once('close', () => log.end());
    const failed = new Promise<never>((_, reject) => {
      child.once('error', reject);
      child.once('exit', (code) => {
        reject(new Error(`the server ended with ${String(code)}:\n${said}`));
      });
    });
    // Only of interest while the server starts.
    failed.catch(() => undefined);
    const listening = until(
      'the server to listen',
      () => /listening on (http:\S+?)\/?\s/.exec(said)?.[1],
      { clock, within: 60_000 },
    );
    try {
      return new CodeServer(await Promise.race([listening, failed]), child, clock);
    } catch (error) {
      signalGroup(child, 'SIGKILL');
      throw error;
    }
  }

  /** The address of a window on a folder, or on a `.code-workspace` file. */
  urlOf(path: string): string {
    const what = path.endsWith('.code-workspace') ? 'workspace' : 'folder';
    return `${this.url}/?${what}=${encodeURIComponent(path)}`;
  }

  /** Stops the server and everything in its group; twice does nothing. */
  async close(): Promise<void> {
    signalGroup(this.child, 'SIGTERM');
    const last = this.clock.monotonic() + 5_000;
    await until(
      'the server to stop',
      () => {
        if (this.clock.monotonic() > last) signalGroup(this.child, 'SIGKILL');
        return !groupAlive(this.child);
      },
      { clock: this.clock, within: 20_000, every: 50 },
    );
  }
}

function signalGroup(child: ChildProcess, signal: NodeJS.Signals | 0): boolean {
  if (child.pid === undefined) return false;
  try {
    process.kill(-child.pid, signal);
    return true;
  } catch (error) {
    if (errnoOf(error) === 'ESRCH') return false;
    throw error;
  }
}

function groupAlive(child: ChildProcess): boolean {
  return signalGroup(child, 0);
}
