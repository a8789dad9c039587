import type { Command } from 'commander';
import type { AgentClient } from '../../protocol/client';
import type { JournalEntry } from '../../protocol/entities';
import { usageError } from '../failure';
import { entryLines } from '../journal-view';
import { journalJson } from '../json-shapes';
import { absolutePath } from '../paths';
import { countOption, describeCommand, type Registrar } from '../program';
import type { Run } from '../run';
import { viewOf } from '../view-context';

const DEFAULT_LIMIT = 20;
/** Looked at again after this, should an event be missed, ms. */
const IDLE_MS = 5_000;
/** More at once than the agent answers is asked for in pages. */
const PAGE = 500;

interface Options {
  readonly all?: boolean;
  readonly follow?: boolean;
  readonly limit: number;
}

/** `bulwark journal [PATH] [--all] [--follow] [--limit N]` */
export function registerJournal(program: Command, { run, does }: Registrar): void {
  describeCommand(program, {
    name: 'journal',
    summary: 'Show what changed and when, moment by moment',
    more: 'Of the worktree that holds PATH (the current folder unless given); of one file or folder where PATH is inside. Each moment can be restored.',
    examples: [
      ['bulwark journal', 'the newest moments of the worktree you are in'],
      ['bulwark journal src/app.ts', 'every kept version of a file'],
      ['bulwark journal --all --follow', 'of every worktree, as it happens'],
    ],
  })
    .argument('[PATH]', 'a worktree, or a file or folder in one')
    .option('--all', 'the journal of every worktree')
    .option('-f, --follow', 'keep showing what is added, until Ctrl-C')
    .option('--limit <n>', 'at most so many, 1 to 1000', countOption(1000), DEFAULT_LIMIT)
    .action((path: string | undefined, options: Options) =>
      does(() => journal(run, path, options)),
    );
}

async function journal(run: Run, given: string | undefined, options: Options): Promise<void> {
  const { all = false, follow = false, limit } = options;
  if (all && given !== undefined) throw usageError('give a PATH or --all, not both');
  if (follow && run.json)
    throw usageError('--follow is for people, --json for programs', 'Use one of them.');
  const path = all ? {} : { path: absolutePath(run.environment.cwd, given ?? '.') };
  const client = await run.connect();
  const { entries, more } = await newest(run, client, path, limit);
  run.result({ entries: entries.map(journalJson), more });
  if (entries.length === 0) run.print('Nothing has changed yet since the first snapshot.');
  // A journal is read downwards, like a log.
  print(run, entries.toReversed(), all);
  if (more && !follow)
    run.print(run.style.dim(`… and older ones; see more with --limit ${String(limit * 5)}`));
  if (follow) await following(run, client, path, entries[0]?.sequence ?? 0, all);
}

async function newest(
  run: Run,
  client: AgentClient,
  path: { path?: string },
  limit: number,
): Promise<{ entries: JournalEntry[]; more: boolean }> {
  const entries: JournalEntry[] = [];
  let before: number | null = null;
  do {
    const page = Math.min(PAGE, limit - entries.length);
    const found: { entries: JournalEntry[]; next: number | null } = await run.ask(
      client,
      'journal/list',
      { ...path, limit: page, ...(before === null ? {} : { before }) },
    );
    entries.push(...found.entries);
    before = found.next;
  } while (before !== null && entries.length < limit);
  return { entries, more: before !== null };
}

/** Shows what is added from here on. */
async function following(
  run: Run,
  client: AgentClient,
  path: { path?: string },
  since: number,
  all: boolean,
): Promise<void> {
  const news = new News(client, run.signal);
  let last = since;
  while (!run.signal.aborted && client.open) {
    const found = await client.call('journal/list', { ...path, after: last, limit: PAGE });
    print(run, found.entries.toReversed(), all);
    last = found.entries[0]?.sequence ?? last;
    await run.environment.clock.sleep(IDLE_MS, news.next());
  }
  if (!client.open) run.note('The agent has left.');
}

/** Ends a wait when the journal has grown, the agent has left or the user wants no more. */
class News {
  #wake = new AbortController();
  #has = false;

  constructor(client: AgentClient, signal: AbortSignal) {
    client.onEvent(({ event }) => {
      if (event.kind === 'journal/written') this.#tell();
    });
    client.onClose(() => this.#tell());
    signal.addEventListener('abort', () => this.#tell(), { once: true });
  }

  /** Aborted at the next news, or already when there was some since the last call. */
  next(): AbortSignal {
    this.#wake = new AbortController();
    if (this.#has) this.#wake.abort();
    this.#has = false;
    return this.#wake.signal;
  }

  #tell(): void {
    this.#has = true;
    this.#wake.abort();
  }
}

function print(run: Run, entries: readonly JournalEntry[], withWorktree: boolean): void {
  const view = viewOf(run);
  for (const entry of entries) run.print(...entryLines(entry, view, withWorktree));
}
