import { open } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { BulwarkError, errnoOf, messageOf } from '../support/errors';
import type { Clock } from '../support/clock';
import type { Log } from '../support/log';
import { Mutex } from '../support/mutex';
import { contentHash, type Approvals } from './approvals';
import type { ComponentDefinition } from './component';
import { idOf, scopeOf } from './component-id';
import type { AlertRule } from '../protocol/alert-rule';
import { fileProblem, nothingUsable, readSettingsText, type ReadSettings } from './settings-file';
import type { SettingsProblem } from './settings-file';

/** Name of the file, in the agent's home and at the root of repositories and folders. */
const SETTINGS_NAME = 'bulwark.json';
/** A larger one is a mistake. */
const MAX_BYTES = 1024 * 1024;

/** A settings file, and what became of it. */
export interface SettingsView {
  readonly file: string;
  /** Whether it lies in a repository or folder, and not in the agent's home. */
  readonly foreign: boolean;
  readonly approved: boolean;
  /** Of its content, 64 hexadecimal digits. */
  readonly hash: string;
  readonly components: readonly string[];
  readonly rules: readonly UserRule[];
  readonly problems: readonly SettingsProblem[];
}

export type { AlertRule };

/** An alert rule of a settings file. */
export interface UserRule {
  readonly file: string;
  readonly name: string;
  readonly rule: AlertRule;
  /** Whose figure is meant: the whole id of a component, a path, a severity; null for all. */
  readonly of: string | null;
}

interface Loaded extends SettingsView {
  readonly stamp: string;
  readonly read: ReadSettings;
  readonly scope: string | null;
}

/**
 * Reads the settings files of the user and of repositories, again only when they changed: looking
 * costs one `stat` a file. What is wrong in one is told once for each content.
 */
export class SettingsFiles {
  readonly #options: {
    readonly home: string;
    readonly approvals: Approvals;
    readonly log: Log;
    readonly clock: Clock;
  };
  readonly #reading = new Mutex();
  #loaded = new Map<string, Loaded>();

  constructor(options: {
    readonly home: string;
    readonly approvals: Approvals;
    readonly log: Log;
    readonly clock: Clock;
  }) {
    this.#options = options;
  }

  list(): SettingsView[] {
    return [...this.#loaded.values()].map(
      ({ file, foreign, approved, hash, components, rules, problems }) => {
        return { file, foreign, approved, hash, components, rules, problems };
      },
    );
  }

  /**
   * Reads what changed. @param roots folders whose settings count, beside the user's own
   * @returns all components, or null when nothing changed since the last time
   */
  refresh(roots: readonly string[]): Promise<ComponentDefinition[] | null> {
    return this.#reading.run(async () => {
      const places = [this.#options.home, ...roots].map((root) => join(root, SETTINGS_NAME));
      const next = new Map<string, Loaded>();
      const scopes = new Set<string>();
      let changed = false;
      for (const file of new Set(places)) {
        const known = this.#loaded.get(file);
        const loaded = await this.#load(file, known, scopes);
        if (loaded !== null) next.set(file, loaded);
        if (loaded !== (known ?? null)) changed = true;
      }
      if (next.size !== this.#loaded.size) changed = true;
      this.#loaded = next;
      return changed ? [...next.values()].flatMap(definitionsOf) : null;
    });
  }

  /**
   * Approves the content that a file has now; takes effect at the next {@link refresh}.
   * @param hash of the content that the user has seen
   * @throws BulwarkError `path-missing` when it is not a known file, `component-refused` when its
   *   content is another one by now
   */
  async approve(file: string, hash: string): Promise<void> {
    const known = this.#loaded.get(file);
    if (known === undefined)
      throw new BulwarkError('path-missing', `${file} is not a settings file that the agent uses`, {
        hint: 'Protect its repository first, with: bulwark protect',
      });
    const now = await readWhole(file);
    if (now === null || contentHash(now.content) !== hash)
      throw new BulwarkError('component-refused', `${file} has changed since you have seen it`, {
        hint: 'Read it again, then approve it.',
      });
    await this.#options.approvals.approve(file, hash);
    this.#loaded.delete(file);
  }

  /** Takes an approval back. */
  async revoke(file: string): Promise<void> {
    await this.#options.approvals.revoke(file);
    this.#loaded.delete(file);
  }

  async #load(
    file: string,
    known: Loaded | undefined,
    scopes: Set<string>,
  ): Promise<Loaded | null> {
    const { approvals, log, home } = this.#options;
    const foreign = dirname(file) !== home;
    let found;
    try {
      found = await readWhole(file, known?.stamp);
    } catch (error) {
      const problems = [fileProblem(messageOf(error))];
      const stamp = `unreadable: ${messageOf(error)}`;
      if (known?.stamp === stamp) return known;
      log.warn('A settings file cannot be read', { file, error });
      const read = nothingUsable(problems);
      return {
        file,
        foreign,
        approved: !foreign,
        hash: '',
        components: [],
        rules: [],
        problems,
        stamp,
        read,
        scope: null,
      };
    }
    if (found === null) return null;
    if (found === 'same' && known !== undefined) {
      if (known.scope !== null) scopes.add(known.scope);
      return known;
    }
    if (found === 'same') return null;
    const { content, stamp } = found;
    const scope = foreign ? freeScope(file, scopes) : null;
    const read = readSettingsText(content.toString('utf8'));
    for (const { message, ...where } of read.problems)
      log.warn('A settings file has a mistake', { file, ...where, problem: message });
    return {
      file,
      foreign,
      approved: !foreign || approvals.has(file, content),
      hash: contentHash(content),
      components: [...read.components.keys()],
      rules: [...read.rules].map(([name, rule]) => ({ file, name, rule, of: ofOf(rule, scope) })),
      problems: read.problems,
      stamp,
      read,
      scope,
    };
  }
}

function ofOf(rule: AlertRule, scope: string | null): string | null {
  if (!('of' in rule) || rule.of === undefined) return null;
  return rule.metric.startsWith('component.') ? idOf(scope, rule.of) : rule.of;
}

/** Two repositories may have folders of the same name. */
function freeScope(file: string, scopes: Set<string>): string {
  const plain = scopeOf(basename(dirname(file)));
  const scope = scopes.has(plain)
    ? `${plain}-${contentHash(Buffer.from(file)).slice(0, 6)}`
    : plain;
  scopes.add(scope);
  return scope;
}

function definitionsOf({ file, approved, read, scope }: Loaded): ComponentDefinition[] {
  return [...read.components].map(([name, spec]) => ({
    id: idOf(scope, name),
    spec,
    origin: { kind: 'settings', file, approved },
    scope: scope ?? 'user',
    folder: dirname(file),
    dependsOn: (spec.dependsOn ?? []).map((other) => idOf(scope, other)),
  }));
}

/** A file's content; null when it is not there, `same` when its stamp is the known one. */
async function readWhole(
  file: string,
): Promise<{ readonly content: Buffer; readonly stamp: string } | null>;
async function readWhole(
  file: string,
  known: string | undefined,
): Promise<{ readonly content: Buffer; readonly stamp: string } | 'same' | null>;
async function readWhole(
  file: string,
  known?: string,
): Promise<{ readonly content: Buffer; readonly stamp: string } | 'same' | null> {
  let handle;
  try {
    handle = await open(file, 'r');
  } catch (error) {
    if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ENOTDIR') return null;
    throw error;
  }
  try {
    const { ino, size, mtimeNs, ctimeNs } = await handle.stat({ bigint: true });
    const stamp = [ino, size, mtimeNs, ctimeNs].map(String).join(':');
    if (stamp === known) return 'same';
    if (size > MAX_BYTES)
      throw new BulwarkError('settings-invalid', `${file} is larger than 1 MiB`);
    return { content: await handle.readFile(), stamp };
  } finally {
    await handle.close();
  }
}
