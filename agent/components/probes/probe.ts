import type { ProbeSpec } from '../../protocol/component-spec';
import type { Clock } from '../../support/clock';
import { messageOf } from '../../support/errors';
import { probeCommand } from './command';
import { probeFile } from './file';
import { probeHttp } from './http';
import { down, type Probe, type ProbeContext, type ProbeOutcome } from './outcome';
import { probeTcp } from './tcp';

/** The probe that a description asks for. */
export function probeFor(spec: ProbeSpec, clock: Clock): Probe {
  switch (spec.kind) {
    case 'http':
      return (context) => probeHttp(spec, context);
    case 'tcp':
      return (context) => probeTcp(spec, context);
    case 'command':
      return (context) => probeCommand(spec, context);
    case 'file':
      return (context) => probeFile(spec, context, clock);
  }
}

/** An outcome, and how long it took. */
export interface Measured {
  readonly outcome: ProbeOutcome;
  readonly durationMs: number;
}

/**
 * Runs a probe with a time limit of its own. One that settles later has no say any more.
 * @param signal gives it up early, as `unknown`
 */
export async function measure(
  probe: Probe,
  options: {
    readonly clock: Clock;
    readonly timeoutMs: number;
    readonly folder: string;
    readonly signal: AbortSignal;
  },
): Promise<Measured> {
  const { clock, timeoutMs, folder, signal } = options;
  const started = clock.monotonic();
  const limit = new AbortController();
  const onAbort = (): void => limit.abort();
  signal.addEventListener('abort', onAbort, { once: true });
  if (signal.aborted) limit.abort();
  const late = new Promise<ProbeOutcome>((resolve) => {
    limit.signal.addEventListener('abort', () =>
      resolve(
        signal.aborted
          ? { kind: 'unknown', why: 'given up' }
          : down(`no answer within ${String(timeoutMs)} ms`),
      ),
    );
  });
  const timer = clock.setTimeout(onAbort, timeoutMs);
  const context: ProbeContext = { signal: limit.signal, folder };
  try {
    const work = probe(context).catch((error: unknown): ProbeOutcome => {
      return { kind: 'unknown', why: messageOf(error) };
    });
    // The late one comes first: a probe that ends because of the limit says less.
    const outcome = await Promise.race([late, work]);
    return { outcome, durationMs: clock.monotonic() - started };
  } finally {
    timer.cancel();
    signal.removeEventListener('abort', onAbort);
  }
}
