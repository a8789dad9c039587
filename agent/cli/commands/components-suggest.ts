import type { Command } from 'commander';
import { absolutePath } from '../paths';
import { describeCommand, type Registrar } from '../program';
import { displayPath } from '../format';

/** `bulwark components suggest [PATH]` */
export function registerSuggest(parent: Command, { run, does }: Registrar): void {
  describeCommand(parent, {
    name: 'suggest',
    summary: 'Print a bulwark.json that suits the projects in a folder',
    more: 'Looks at the files at its root and right below it; runs and writes nothing.',
    examples: [
      ['bulwark components suggest', 'for the folder you are in'],
      ['bulwark components suggest --json | jq .components', 'the same for programs'],
    ],
  })
    .argument('[PATH]', 'a folder; the current one unless given')
    .action((path: string | undefined) =>
      does(async () => {
        const folder = absolutePath(run.environment.cwd, path ?? '.');
        const { kinds, components } = await run.ask(await run.connect(), 'component/suggest', {
          path: folder,
        });
        run.result({ kinds, components });
        const place = displayPath(folder, run.environment.homedir);
        if (kinds.length === 0) run.print(`No known kind of project is in ${place}.`);
        else if (Object.keys(components).length === 0)
          run.print(`${place} is ${kinds.join(', ')}; no server was found that could be watched.`);
        else run.print(JSON.stringify({ components }, null, 2));
      }),
    );
}
