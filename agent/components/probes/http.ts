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

async function bodyHas(answer: IncomingMessage, text: string): Promise<boolean> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of answer) {
    const piece = Buffer.from(chunk);
    chunks.push(piece);
    bytes += piece.length;
    if (bytes >= MAX_BODY_BYTES) break;
  }
  return Buffer.concat(chunks).subarray(0, MAX_BODY_BYTES).includes(text);
}
