import type { Command } from 'commander';
import type { AlertRule } from '../../protocol/alert-rule';
import { formatDuration } from '../format';
import { describeCommand, type Registrar } from '../program';
import type { Run } from '../run';
import { printable } from '../style';

const NONE = 'There are no alert rules. docs/monitoring.md tells how to write them.';
const FOR_MS = 60_000;

/** `bulwark alerts rules` */
export function registerRules(alerts: Command, { run, does }: Registrar): void {
  describeCommand(alerts, {
    name: 'rules',
    summary: 'Show the alert rules of your settings files',
    examples: [['bulwark alerts rules', 'those of all files, and what is wrong in them']],
  }).action(() => does(() => rules(run)));
}

async function rules(run: Run): Promise<void> {
  const { files } = await run.ask(await run.connect(), 'component/settings', {});
  const { style } = run;
  run.result({
    rules: files.flatMap(({ file, approved, rules: found = [] }) =>
      found.map(({ name, of, rule }) => ({ file, approved, name, ...rule, of })),
    ),
  });
  const mistakes = files.flatMap(({ file, problems }) =>
    problems
      .filter(({ key }) => key.startsWith('alerts'))
      .map(({ key, message, line, column }) => ({
        where: `${printable(file)}${line == null ? '' : `:${String(line)}:${String(column)}`}`,
        what: `${printable(key)}: ${printable(message)}`,
      })),
  );
  if (files.every(({ rules: found = [] }) => found.length === 0) && mistakes.length === 0)
    run.print(NONE);
  for (const { file, approved, rules: found = [] } of files) {
    if (found.length === 0) continue;
    run.print(
      `${printable(file)}${approved ? '' : style.yellow('  not approved: nothing of it counts')}`,
    );
    for (const { name, rule, of } of found)
      run.print(
        `  ${name}: ${ruleText(rule, of)}`,
        style.dim(`    ${rule.severity ?? 'warning'}: ${printable(rule.text)}`),
      );
  }
  for (const { where, what } of mistakes) run.print(`${style.red(where)} ${what}`);
}

function ruleText(
  { metric, above, below, clear, forMs = FOR_MS }: AlertRule,
  of: string | null,
): string {
  const whose = of === null ? '' : ` of ${printable(of)}`;
  const limit = above === undefined ? `below ${String(below)}` : `above ${String(above)}`;
  const back = clear === undefined ? '' : `, until ${String(clear)}`;
  const how = forMs === 0 ? ' at once' : ` for ${formatDuration(forMs)}`;
  return `${metric}${whose} ${limit}${how}${back}`;
}
