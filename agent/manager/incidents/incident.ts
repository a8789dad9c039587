import { z } from 'zod';

/** What an incident, or a part of it, is about. */
const subject = z.object({ kind: z.string(), id: z.string(), name: z.string() });
export type IncidentSubject = z.infer<typeof subject>;

const severity = z.enum(['info', 'warning', 'critical']);
export type IncidentSeverity = z.infer<typeof severity>;

/** One thing that is wrong, or was. Times in ms since 1970. */
const part = z.object({
  /** The same for the same fault of the same thing. */
  key: z.string(),
  kind: z.enum(['alert', 'loss', 'backup', 'trouble', 'check']),
  role: z.enum(['cause', 'consequence', 'related']),
  subject,
  severity,
  message: z.string(),
  since: z.number(),
  endedAt: z.number().nullable(),
});
export type IncidentPart = z.infer<typeof part>;

/** What happened, for people. */
const happening = z.object({ at: z.number(), text: z.string() });

export const incidentRecord = z.object({
  id: z.string(),
  /** Worktree, repository or scope that it belongs to. */
  group: z.string(),
  severity,
  /** `person`: it does not go away by itself, and nothing more is tried. */
  state: z.enum(['open', 'person', 'closed']),
  openedAt: z.number(),
  closedAt: z.number().nullable(),
  /** When something was last added to it: what comes soon after, and belongs there, joins it. */
  touchedAt: z.number(),
  parts: z.array(part),
  timeline: z.array(happening),
});
export type IncidentRecord = z.infer<typeof incidentRecord>;

/** Something that was found wrong, or is not any more. */
export interface Signal {
  readonly key: string;
  readonly kind: IncidentPart['kind'];
  readonly subject: IncidentSubject;
  readonly group: string;
  readonly severity: IncidentSeverity;
  readonly message: string;
  /** Whether it is wrong now. */
  readonly isOpen: boolean;
  /** Key of what is known to be its cause. */
  readonly cause: string | null;
  /** Ids of subjects that this one depends on. */
  readonly dependsOn: readonly string[];
}

/** A part whose cause is not in the same incident is a cause itself; the first one names the incident. */
export function causeOf({ parts }: IncidentRecord): IncidentPart | undefined {
  return parts.find(({ role }) => role === 'cause') ?? parts[0];
}

const RANK: Readonly<Record<IncidentSeverity, number>> = { info: 0, warning: 1, critical: 2 };

/** The worse of two. */
export function worse(a: IncidentSeverity, b: IncidentSeverity): IncidentSeverity {
  return RANK[b] > RANK[a] ? b : a;
}
