import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';

/** What scripts/e2e.mjs hands to the suites through the environment. */
export interface Installation {
  /** The Node that code-server runs on. */
  readonly node: string;
  /** code-server's entry script. */
  readonly entry: string;
  readonly chromium: string;
  /** Bulwark's VSIX. */
  readonly vsix: string;
  /** The VSIX that runs suites in the extension host, when there are any. */
  readonly hostSuiteVsix: string | undefined;
  /** Where temporary folders are made. Short: sockets live below it. */
  readonly temp: string;
  readonly screenshots: string;
  /** In the environment of every process of this run, by which left-overs are found. */
  readonly marker: string;
}

/** Reads the installation from the environment; fails when the suite was not started by the script. */
export function installationFromEnvironment(env: NodeJS.ProcessEnv = process.env): Installation {
  const needed = (name: string): string => {
    const value = env[name];
    if (value === undefined || value === '') {
      throw new Error(`${name} is not set: start this suite with node scripts/e2e.mjs`);
    }
    return value;
  };
  return {
    node: needed('BULWARK_E2E_NODE'),
    entry: needed('BULWARK_E2E_CODE_SERVER'),
    chromium: needed('BULWARK_CHROMIUM'),
    vsix: needed('BULWARK_VSIX'),
    hostSuiteVsix: env['BULWARK_E2E_HOST_SUITE_VSIX'],
    temp: env['BULWARK_E2E_TEMP'] ?? tmpdir(),
    screenshots: needed('BULWARK_E2E_SCREENSHOTS'),
    marker: needed(RUN_MARKER),
  };
}

/** The name of the environment variable whose value is an installation's `marker`. */
export const RUN_MARKER = 'BULWARK_E2E_RUN';

/** The environment for everything that is started: nothing of the developer's own settings. */
export function privateEnvironment(
  home: string,
  extra: Readonly<Record<string, string>>,
): NodeJS.ProcessEnv {
  const own = homedir();
  // VSCODE_* would make a server that is started inside VS Code's terminal talk to that window.
  const kept = Object.entries(process.env).filter(
    ([name, value]) => !/^(VSCODE_|ELECTRON_|XDG_|GIT_|CODE_SERVER)/.test(name) && value !== own,
  );
  const env: NodeJS.ProcessEnv = Object.fromEntries(kept);
  return {
    ...env,
    HOME: home,
    XDG_CONFIG_HOME: join(home, '.config'),
    XDG_RUNTIME_DIR: home,
    ...extra,
  };
}
