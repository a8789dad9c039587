import { connect } from 'node:net';
import { messageOf } from '../../support/errors';
import type { ProbeSpec } from '../../protocol/component-spec';
import { down, UP, type ProbeContext, type ProbeOutcome } from './outcome';

type TcpSpec = Extract<ProbeSpec, { kind: 'tcp' }>;

/** Whether somebody accepts connections there; says nothing to them. */
export function probeTcp(spec: TcpSpec, { signal }: ProbeContext): Promise<ProbeOutcome> {
  return new Promise((resolve) => {
    const socket = connect({ host: spec.host ?? '127.0.0.1', port: spec.port });
    const finish = (outcome: ProbeOutcome): void => {
      signal.removeEventListener('abort', abort);
      socket.destroy();
      resolve(outcome);
    };
    const abort = (): void => finish(down('nobody accepted the connection in time'));
    socket.once('connect', () => finish(UP));
    // Stays: an error after the end would have no listener.
    socket.on('error', (error) => finish(down(messageOf(error))));
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort, { once: true });
  });
}
