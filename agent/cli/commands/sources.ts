import type { Command } from 'commander';
import { sourceJson } from '../json-shapes';
import { describeCommand, type Registrar } from '../program';
import { sourceNotes, sourceTable } from '../source-view';
import { viewOf } from '../view-context';

/** `bulwark sources` */
export function registerSources(program: Command, { run, does }: Registrar): void {
  describeCommand(program, {
    name: 'sources',
    summary: 'List what programs have registered to be kept',
    more: 'Wherever a command takes a PATH, source:NAME names one of them.',
    examples: [
      ['bulwark sources', 'what there is, and when it was last backed up'],
      ['bulwark backup run full source:orders', 'back one up now'],
      ['bulwark unprotect source:orders', 'keep it no longer; its snapshots stay'],
    ],
  }).action(() =>
    does(async () => {
      const { sources } = await run.ask(await run.connect(), 'data-source/list', {});
      run.result({ sources: sources.map(sourceJson) });
      const view = viewOf(run);
      if (sources.length === 0)
        run.print('No program has registered anything. docs/data-sources.md tells how one does.');
      else run.print(...sourceTable(sources, view), ...sourceNotes(sources, view));
    }),
  );
}
