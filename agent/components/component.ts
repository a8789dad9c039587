import type { ComponentSpec } from '../protocol/component-spec';
import type { CircuitState } from './breakers';
import type { ComponentId } from './component-id';
import type { ProbeOutcome } from './probes/outcome';
import type { ProcessState } from './process/supervised-process';
import type { SampleFigures } from './samples';

/** Who described a component. */
export type ComponentOrigin =
  /** A settings file, by its path; `approved` unless it waits for the user's approval. */
  | { readonly kind: 'settings'; readonly file: string; readonly approved: boolean }
  /** A program, over the wire. */
  | { readonly kind: 'program'; readonly name: string };

/** A component as it was described. */
export interface ComponentDefinition {
  readonly id: ComponentId;
  readonly spec: ComponentSpec;
  readonly origin: ComponentOrigin;
  /** Components that share a budget of restarts. */
  readonly scope: string;
  /** Folder that its relative paths start from, absolute. */
  readonly folder: string;
  readonly dependsOn: readonly ComponentId[];
}

/** How a component is. Texts are for people, one line. */
export type ComponentState =
  | { readonly kind: 'up' }
  | { readonly kind: 'down'; readonly why: string }
  /** Not measured yet, or it cannot be measured. */
  | { readonly kind: 'unknown'; readonly why: string }
  | { readonly kind: 'starting' }
  | { readonly kind: 'stopping' }
  | { readonly kind: 'stopped'; readonly why: string }
  /** Waits for others, by their ids, before it is started. */
  | { readonly kind: 'waiting'; readonly for: readonly ComponentId[] }
  | { readonly kind: 'backing-off'; readonly why: string }
  | { readonly kind: 'failed'; readonly why: string }
  /** Its settings come from a repository and nobody has approved them. */
  | { readonly kind: 'unapproved' };

/** How long a component was up, of the time in which that was known. Ms. */
export interface Uptime {
  readonly upMs: number;
  readonly ofMs: number;
}

/** A component with all that is known of it. */
export interface ComponentView extends ComponentDefinition {
  readonly state: ComponentState;
  /** When it came into this state, ms since 1970. */
  readonly since: number;
  /** When it was last checked, ms since 1970, or null. */
  readonly checkedAt: number | null;
  readonly pid: number | null;
  readonly restarts: number;
  readonly figures: SampleFigures;
  readonly uptime: Uptime;
  /** Of a process and its children, null unless a limit is set and it runs. */
  readonly memoryBytes: number | null;
  /** Of its checks: open while they are held back because they failed too often. */
  readonly circuit: CircuitState;
}

/** So many failed checks in a row make a component down. */
export const FAILURES_UNTIL_DOWN = 2;

/**
 * The state that a process and its last check make together.
 * @param process null for a component that the agent does not run
 * @param check the last outcome, or null @param failures failed checks in a row
 */
export function stateOf(
  process: ProcessState | null,
  check: ProbeOutcome | null,
  failures: number,
): ComponentState {
  switch (process?.kind) {
    case 'starting':
    case 'stopping':
      return { kind: process.kind };
    case 'stopped':
    case 'backing-off':
    case 'failed':
      return { kind: process.kind, why: process.why };
    case 'running':
      if (check === null) return { kind: 'up' };
      break;
    case undefined:
      break;
  }
  switch (check?.kind) {
    case undefined:
      return { kind: 'unknown', why: 'not checked yet' };
    case 'up':
      return { kind: 'up' };
    case 'unknown':
      return { kind: 'unknown', why: check.why };
    case 'down':
      return failures >= FAILURES_UNTIL_DOWN
        ? { kind: 'down', why: check.why }
        : { kind: 'unknown', why: `${check.why}; checked again soon` };
  }
}
