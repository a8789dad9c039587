import { text as readAll } from 'node:stream/consumers';
import type { Command } from 'commander';
import { z } from 'zod';
import { isMethodName, specOf, type MethodName, type ParamsOf } from '../../protocol/methods';
import { BulwarkError } from '../../support/errors';
import { describeCommand, type Registrar } from '../program';
import type { Run } from '../run';

/** `bulwark call METHOD [PARAMS]` */
export function registerCall(program: Command, { run, does }: Registrar): void {
  describeCommand(program, {
    name: 'call',
    summary: 'Send any request of the protocol, for scripts',
    more: 'Prints the result as one line of JSON. docs/PROTOCOL.md has the methods; paths are absolute there.',
    examples: [
      ['bulwark call component/list', 'a method without parameters'],
      [`bulwark call component/heartbeat '{"id":"nightly"}'`, 'parameters as JSON'],
      ['bulwark call component/register - < nightly.json', 'parameters from standard input'],
    ],
  })
    .argument('<METHOD>', 'name of a method')
    .argument('[PARAMS]', 'its parameters, one JSON object; - reads standard input', '{}')
    .action((method: string, params: string) => does(() => call(run, method, params)));
}

async function call(run: Run, method: string, given: string): Promise<void> {
  if (!isMethodName(method))
    throw new BulwarkError('protocol-error', `the protocol has no method ${method}`, {
      hint: 'docs/PROTOCOL.md lists them.',
    });
  const { stdin, stdout } = run.environment;
  const params = parsed(method, given === '-' ? await readAll(stdin) : given);
  const result = await run.ask(await run.connect(), method, params);
  stdout.write(`${JSON.stringify(result)}\n`);
}

/** @throws BulwarkError `invalid-params` */
function parsed<M extends MethodName>(method: M, text: string): ParamsOf<M> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new BulwarkError('invalid-params', 'the parameters are no JSON', {
      hint: `They are one object, say '{"id":"nightly"}'.`,
    });
  }
  const result = specOf(method).params.safeParse(value);
  if (result.success) return result.data;
  throw new BulwarkError('invalid-params', `${method}: ${z.prettifyError(result.error)}`, {
    hint: 'docs/PROTOCOL.md has the parameters of every method.',
  });
}
