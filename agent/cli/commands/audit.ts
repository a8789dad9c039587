import { writeFile } from 'node:fs/promises';
import type { Command } from 'commander';
import type { AgentClient } from '../../protocol/client';
import type { AuditEntry } from '../../protocol/audit-methods';
import type { ParamsOf } from '../../protocol/methods';
import { isoTime } from '../../support/clock';
import { errnoOf, fileError } from '../../support/errors';
import { displayName } from '../../support/names';
import { EXIT, usageError } from '../failure';
import { displayPath, formatCount, plural, shortenMiddle } from '../format';
import { parseMoment } from '../moment-text';
import { absolutePath } from '../paths';
import { countOption, describeCommand, type Registrar } from '../program';
import type { Run } from '../run';
import { tableLines } from '../table';
import { viewOf } from '../view-context';

const DEFAULT_LIMIT = 50;
const PAGE = 1000;

interface Options {
  readonly since?: string;
  readonly action?: string;
  readonly limit: number;
  readonly verify?: boolean;
  readonly export?: string;
}

/** `bulwark audit [--since TIME] [--action NAME] [--limit N] [--verify] [--export FILE]` */
export function registerAudit(program: Command, { run, does }: Registrar): void {
  describeCommand(program, {
    name: 'audit',
    summary: 'Who asked for what, why, and what became of it',
    more:
      'Every operation is in it: what you, programs and coding agents asked for, and what the agent did by itself. ' +
      'Each entry is chained to the one before, so that an edit shows.',
    examples: [
      ['bulwark audit --since "2 hours ago"', 'what happened since'],
      ['bulwark audit --action restore/', 'restores and undos'],
      ['bulwark audit --verify', 'whether anything was changed in it'],
      ['bulwark audit --export audit.jsonl', 'all of it, for another program'],
    ],
  })
    .option('--since <time>', 'only of this time or later ("2 hours ago", 14:05, an ISO time)')
    .option('--action <name>', 'only actions that begin so, as restore/')
    .option('--limit <n>', 'at most so many, 1 to 1000', countOption(PAGE), DEFAULT_LIMIT)
    .option('--verify', 'follow the chain through the whole trail')
    .option('--export <file>', 'write a new file, one JSON object a line, oldest first')
    .action((options: Options) =>
      does(async () => {
        if (options.verify === true && options.export !== undefined)
          throw usageError('--verify and --export exclude each other', 'Use one of them.');
        const client = await run.connect();
        if (options.verify === true) return await verify(run, client);
        if (options.export === undefined) await list(run, client, options);
        else await exportTo(run, client, options.export, options);
        return EXIT.ok;
      }),
    );
}

function queryOf(run: Run, { since, action }: Options): ParamsOf<'audit/list'> {
  const query: ParamsOf<'audit/list'> = action === undefined ? {} : { action };
  if (since === undefined) return query;
  const moment = parseMoment(since, run.environment.clock.now());
  if (moment.kind !== 'time') throw usageError(`"${since}" is no time`, 'As "2 hours ago", 14:05.');
  return { ...query, since: Math.max(0, moment.at) };
}

async function list(run: Run, client: AgentClient, options: Options): Promise<void> {
  const query = { ...queryOf(run, options), limit: options.limit };
  const { entries, more } = await run.ask(client, 'audit/list', query);
  run.result({ entries: entries.map(entryJson), more });
  if (entries.length === 0) {
    run.print('Nothing of the kind was done.');
    return;
  }
  const { style, homedir } = viewOf(run);
  run.print(
    ...tableLines(
      [{ head: 'WHEN' }, { head: 'WHAT' }, { head: '' }, { head: 'BY' }, { head: 'ABOUT' }],
      entries.map(({ at, action, phase, by, target, outcome }) => [
        isoTime(at).slice(0, 19).replace('T', ' '),
        displayName(action),
        phase === 'failed' ? style.red(phase) : phase,
        displayName(by.name) + (by.pid === null ? '' : style.dim(` (${String(by.pid)})`)),
        target === null
          ? shortenMiddle(displayName(outcome ?? ''), 50)
          : shortenMiddle(displayPath(target, homedir), 50),
      ]),
      style,
    ),
  );
  if (more) run.print(style.dim(`… and older ones; see more with --limit ${options.limit * 5}`));
}

async function verify(run: Run, client: AgentClient): Promise<number> {
  const { entries, from, head, problems } = await run.ask(client, 'audit/verify', {});
  run.result({ ok: problems.length === 0, entries, from, head, problems });
  const { style } = run;
  if (problems.length > 0) {
    run.print(
      style.red('The audit trail is not as it was written:'),
      ...problems.map(
        ({ sequence, message }) => `  entry ${formatCount(sequence)}: ${displayName(message)}`,
      ),
    );
    return EXIT.failed;
  }
  run.print(
    `${style.green('Unchanged')}: ${plural(entries, 'entry', 'entries')} hold together`,
    `  The last one is ${formatCount(head.sequence)}, with the hash ${head.hash}.`,
    '  Keep that hash elsewhere to be sure of everything before it.',
  );
  return EXIT.ok;
}

async function exportTo(
  run: Run,
  client: AgentClient,
  name: string,
  options: Options,
): Promise<void> {
  const file = absolutePath(run.environment.cwd, name, 'file of --export');
  const query = queryOf(run, options);
  const all: AuditEntry[] = [];
  let before: number | undefined;
  for (let more = true; more;) {
    const page = await run.ask(client, 'audit/list', {
      ...query,
      limit: PAGE,
      ...(before === undefined ? {} : { before }),
    });
    all.push(...page.entries);
    before = page.entries.at(-1)?.sequence;
    ({ more } = page);
  }
  // As they are: their hashes are over the numbers of the wire, not over times for people.
  const text = all
    .toReversed()
    .map((entry) => `${JSON.stringify(entry)}\n`)
    .join('');
  await writeFile(file, text, { flag: 'wx', mode: 0o600 }).catch((error: unknown) => {
    if (errnoOf(error) === 'EEXIST')
      throw usageError(`${file} is there already`, 'Nothing was written; choose another name.');
    throw fileError(error, file);
  });
  run.result({ file, entries: all.length });
  run.print(`${plural(all.length, 'entry', 'entries')} written to ${displayName(file)}`);
}

/** An entry as commands print it. */
function entryJson(entry: AuditEntry): object {
  return { ...entry, at: isoTime(entry.at) };
}
