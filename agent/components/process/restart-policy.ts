/** Restarts of one component that count, oldest first, as moments of the monotonic clock. */
export interface RestartHistory {
  readonly at: readonly number[];
  /** Failures in a row, for the delay. */
  readonly failures: number;
}

export const NO_RESTARTS: RestartHistory = { at: [], failures: 0 };

/** Ms. From Erlang/OTP, systemd and Kubernetes, whose numbers differ little. */
const FIRST_DELAY_MS = 1_000;
const LONGEST_DELAY_MS = 60_000;
/** So many restarts in this time, then a person is needed. */
const BUDGET = 5;
const BUDGET_MS = 5 * 60_000;
/** Having run for so long, ms, or three start-ups, a failure is a new one. */
const WELL_AFTER_MS = 60_000;

export type RestartDecision =
  | { readonly kind: 'restart'; readonly delayMs: number; readonly history: RestartHistory }
  | { readonly kind: 'give-up'; readonly why: string };

/**
 * Whether a component that failed is started again, and when: 1 s, doubling to at most 60 s, with
 * full jitter (a random part of that), at most five times in five minutes.
 * @param now monotonic, ms @param random from 0 up to 1
 */
export function afterFailure(
  history: RestartHistory,
  now: number,
  ran: { readonly forMs: number; readonly startupMs: number },
  random: number,
): RestartDecision {
  const wasWell = ran.forMs >= Math.max(WELL_AFTER_MS, 3 * ran.startupMs);
  const failures = wasWell ? 0 : history.failures;
  const at = history.at.filter((one) => now - one < BUDGET_MS);
  if (at.length >= BUDGET)
    return {
      kind: 'give-up',
      why: `it was restarted ${String(BUDGET)} times in ${String(BUDGET_MS / 60_000)} minutes`,
    };
  const ceiling = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** failures);
  return {
    kind: 'restart',
    delayMs: Math.round(ceiling * random),
    history: { at: [...at, now], failures: failures + 1 },
  };
}
