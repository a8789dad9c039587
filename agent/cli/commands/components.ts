import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { dirname, sep } from 'node:path';
import type { Command } from 'commander';
import type { SettingsFile } from '../../protocol/health-entities';
import { BulwarkError, fileError } from '../../support/errors';
import { usageError } from '../failure';
import { displayPath, plural } from '../format';
import { componentJson } from '../health-json';
import { componentTable, stateText } from '../health-view';
import { absolutePath } from '../paths';
import { describeCommand, type Registrar } from '../program';
import { canAsk, confirm } from '../prompt';
import type { Run } from '../run';
import { printable } from '../style';
import { viewOf } from '../view-context';
import { registerSuggest } from './components-suggest';

const VERBS = { start: 'Start', stop: 'Stop', restart: 'Stop and start' } as const;

/** `bulwark components [list|start|stop|restart|approve|revoke|suggest]` */
export function registerComponents(program: Command, registrar: Registrar): void {
  const { run, does } = registrar;
  const components = describeCommand(program, {
    name: 'components',
    summary: 'Show and run what is watched beside the worktrees',
    more: 'They are described in bulwark.json, at the root of a repository or in the folder of the agent (docs/health.md).',
    examples: [
      ['bulwark components', 'how each of them is'],
      ['bulwark components approve', 'let those of this repository run'],
      ['bulwark components restart app/web', 'stop a process with its children, and start it'],
    ],
  }).action(() => does(() => list(run)));
  describeCommand(components, {
    name: 'list',
    summary: 'Show how each component is',
    examples: [['bulwark components list', 'their states, and why']],
  }).action(() => does(() => list(run)));
  for (const verb of ['start', 'stop', 'restart'] as const)
    registerVerb(components, verb, registrar);
  registerApprove(components, registrar);
  registerRevoke(components, registrar);
  registerSuggest(components, registrar);
}

async function list(run: Run): Promise<void> {
  const client = await run.connect();
  const { files } = await run.ask(client, 'component/settings', {});
  const { components } = await run.ask(client, 'component/list', {});
  run.result({ components: components.map(componentJson), files });
  if (components.length === 0)
    run.print('No component is described yet; docs/health.md tells how to write a bulwark.json.');
  else run.print(...componentTable(components, viewOf(run)));
  for (const { file, problems } of files)
    for (const problem of problems) run.print(mistakeLine(file, problem, run));
}

/** `mistake: FILE:LINE:COLUMN (component.key): what`: terminals open a place that is written so. */
function mistakeLine(
  file: string,
  { component, key, message, line, column }: SettingsFile['problems'][number],
  { environment, style }: Run,
): string {
  const place = [displayPath(file, environment.homedir), line ?? [], column ?? []].flat().join(':');
  const where = [component, key].filter((part) => part !== null && part !== '').join('.');
  const about = where === '' ? '' : ` (${printable(where)})`;
  return `${style.yellow('mistake:')} ${place}${about}: ${printable(message)}`;
}

function registerVerb(
  parent: Command,
  verb: 'start' | 'stop' | 'restart',
  { run, does }: Registrar,
): void {
  describeCommand(parent, {
    name: verb,
    summary: `${VERBS[verb]} a process that the agent runs`,
    examples: [[`bulwark components ${verb} app/web`, 'by its id, as the list shows it']],
  })
    .argument('<COMPONENT>', 'id of a component')
    .action((id: string) =>
      does(async () => {
        const component = await run.ask(await run.connect(), `component/${verb}`, { id });
        run.result(componentJson(component));
        run.print(`${run.style.bold(component.id)}: ${stateText(component, run.style)}`);
      }),
    );
}

function registerApprove(parent: Command, { run, does }: Registrar): void {
  describeCommand(parent, {
    name: 'approve',
    summary: 'Let the components of a repository run',
    more: 'Shows its bulwark.json and asks. The approval is for that very content: a changed file needs another one.',
    examples: [['bulwark components approve', 'those of the repository you are in']],
  })
    .argument('[PATH]', 'a path in the repository; the current folder unless given')
    .option('-y, --yes', 'do not ask')
    .action((path: string | undefined, { yes = false }: { yes?: boolean }) =>
      does(() => approve(run, path, yes)),
    );
}

async function approve(run: Run, path: string | undefined, yes: boolean): Promise<void> {
  if (!yes && (run.json || !canAsk(run.environment)))
    throw usageError('there is nobody to ask', 'Read the file, then add --yes.');
  const client = await run.connect();
  const { files } = await run.ask(client, 'component/settings', {});
  const { file, components } = fileOf(files, absolutePath(run.environment.cwd, path ?? '.'));
  const content = await readFile(file).catch((error: unknown) => {
    throw fileError(error, file);
  });
  if (!yes) {
    run.print(
      run.style.dim(displayPath(file, run.environment.homedir)),
      printable(content.toString('utf8')),
    );
    const question = `Let ${plural(components.length, 'component')} of it run?`;
    if (!(await confirm(run.environment, question, run.signal)))
      throw new BulwarkError('cancelled', 'not approved', { hint: 'Nothing was started.' });
  }
  const hash = createHash('sha256').update(content).digest('hex');
  const approved = await run.ask(client, 'component/approve', { file, hash });
  run.result({ file, hash, components: approved.components.map(componentJson) });
  run.print(
    `${run.style.green('Approved')} ${displayPath(file, run.environment.homedir)}`,
    ...(approved.components.length === 0 ? [] : componentTable(approved.components, viewOf(run))),
  );
}

function registerRevoke(parent: Command, { run, does }: Registrar): void {
  describeCommand(parent, {
    name: 'revoke',
    summary: 'Take an approval back, and stop what runs by it',
    examples: [['bulwark components revoke', 'of the repository you are in']],
  })
    .argument('[PATH]', 'a path in the repository; the current folder unless given')
    .action((path: string | undefined) =>
      does(async () => {
        const client = await run.connect();
        const { files } = await run.ask(client, 'component/settings', {});
        const { file } = fileOf(files, absolutePath(run.environment.cwd, path ?? '.'));
        await run.ask(client, 'component/revoke', { file });
        run.result({ file });
        run.print(`${displayPath(file, run.environment.homedir)} is not approved any more`);
      }),
    );
}

/** The innermost settings file of a repository that counts for a path. */
function fileOf(files: readonly SettingsFile[], path: string): SettingsFile {
  const [file] = files
    .filter(({ foreign }) => foreign)
    .filter((one) => path === dirname(one.file) || path.startsWith(`${dirname(one.file)}${sep}`))
    .sort((a, b) => b.file.length - a.file.length);
  if (file === undefined)
    throw new BulwarkError('path-missing', `no bulwark.json counts for ${printable(path)}`, {
      hint: 'It lies at the root of a protected folder, or of the main worktree of a protected repository.',
    });
  return file;
}
