import { request as plainRequest, type IncomingMessage } from 'node:http';
import { request as secureRequest } from 'node:https';
import { messageOf } from '../../support/errors';
import type { ProbeSpec } from '../../protocol/component-spec';
import { down, UP, type ProbeContext, type ProbeOutcome } from './outcome';

type HttpSpec = Extract<ProbeSpec, { kind: 'http' }>;

/** More of an answer is not read. */
const MAX_BODY_BYTES = 1024 * 1024;

/**
 * Asks once, on a connection of its own; follows no redirect. Not `fetch`: that keeps connections
 * open, and in VS Code it goes through a proxy.
 */
export function probeHttp(spec: HttpSpec, { signal }: ProbeContext): Promise<ProbeOutcome> {
  const url = new URL(spec.url);
  const ask = url.protocol === 'https:' ? secureRequest : plainRequest;
  return new Promise((resolve) => {
    const sent = ask(
      url,
      { agent: false, signal, headers: { connection: 'close', 'user-agent': 'bulwark' } },
      (answer) => {
        const status = answer.statusCode ?? 0;
        const isWell =
          spec.status === undefined ? status >= 200 && status < 400 : status === spec.status;
        const { contains } = spec;
        if (!isWell) finish(down(`it answered with ${String(status)}`));
        else if (contains === undefined) finish(UP);
        else
          bodyHas(answer, contains).then(
            (has) => finish(has ? UP : down('the answer lacks the expected text')),
            (error: unknown) => finish(down(messageOf(error))),
          );
      },
    );
    const finish = (outcome: ProbeOutcome): void => {
      sent.destroy();
      resolve(outcome);
    };
    sent.on('error', (error) => finish(down(messageOf(error))));
    sent.end();
  });
}

/** Whether a text is in the first MiB; settles as soon as that is known. */
function bodyHas(answer: IncomingMessage, text: string): Promise<boolean> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  return new Promise((resolve, reject) => {
    const finish = (): void => {
      resolve(Buffer.concat(chunks).subarray(0, MAX_BODY_BYTES).includes(text));
    };
    answer.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes >= MAX_BODY_BYTES) finish();
    });
    answer.once('end', finish);
    answer.once('error', reject);
  });
}
