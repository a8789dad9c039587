/** What one look at a component found. Texts are for people, one line. */
export type ProbeOutcome =
  | { readonly kind: 'up' }
  | { readonly kind: 'down'; readonly why: string }
  /** Nobody can tell: never taken for well. */
  | { readonly kind: 'unknown'; readonly why: string };

/** What a probe is run with. */
export interface ProbeContext {
  /** Aborted when its time is over; the probe must settle soon after. */
  readonly signal: AbortSignal;
  /** Folder that relative paths start from, absolute. */
  readonly folder: string;
}

/** Measures once; rejects only by mistake. */
export type Probe = (context: ProbeContext) => Promise<ProbeOutcome>;

export const UP: ProbeOutcome = { kind: 'up' };

export function down(why: string): ProbeOutcome {
  return { kind: 'down', why };
}
