import { z } from 'zod';

/** What can be an emergency. */
const TRIGGERS = [
  'critical-incidents',
  'mass-deletion',
  'disk-nearly-full',
  'store-damaged',
  'memory-running-out',
] as const;
export type Trigger = (typeof TRIGGERS)[number];

/** 1: elevated; 2: high; 3: extreme. What is done at which is told in docs/emergencies.md. */
const level = z.union([z.literal(1), z.literal(2), z.literal(3)]);
export type Level = z.infer<typeof level>;

/** What is done in an emergency, each if the settings allow it. */
const action = z.enum([
  'emergencyBackup',
  'componentIsolation',
  'administratorAlert',
  'systemShutdown',
]);
export type EmergencyAction = z.infer<typeof action>;

/** Times in ms since 1970. */
const step = z.object({
  action,
  level,
  at: z.number(),
  endedAt: z.number().nullable(),
  /** `left`: not done, because there was nothing to do, or it is not allowed. */
  outcome: z.enum(['running', 'done', 'failed', 'left']),
  text: z.string(),
  /** What became of each thing that it was about, one line each. */
  details: z.array(z.string()),
});
export type EmergencyStep = z.infer<typeof step>;

/** What was cut off from the rest: a process that was stopped, or a source that is not followed. */
const isolated = z.object({
  kind: z.enum(['component', 'source']),
  id: z.string(),
  name: z.string(),
  since: z.number(),
  /** When it was followed again; a process that was stopped is started by a person. */
  until: z.number().nullable(),
});
type Isolated = z.infer<typeof isolated>;

export const emergencyRecord = z.object({
  id: z.string(),
  /** The same as long as it is the same danger. */
  key: z.string(),
  trigger: z.enum(TRIGGERS),
  level,
  state: z.enum(['active', 'over']),
  message: z.string(),
  /** What it was decided from, the newest. */
  evidence: z.array(z.string()),
  openedAt: z.number(),
  /** When it came to its level. */
  levelSince: z.number(),
  endedAt: z.number().nullable(),
  /** A person has said that it is over, whatever its cause does. */
  dismissed: z.boolean(),
  steps: z.array(step),
  isolated: z.array(isolated),
  timeline: z.array(z.object({ at: z.number(), text: z.string() })),
});
export type EmergencyRecord = z.infer<typeof emergencyRecord>;

/** Something that may be isolated, and why it is it. */
export interface Suspect {
  readonly kind: Isolated['kind'];
  readonly id: string;
  readonly name: string;
  readonly why: string;
}

/** What makes an emergency, as it is just now. */
export interface Danger {
  readonly key: string;
  readonly trigger: Trigger;
  /** How bad it is by itself; an emergency may be at a higher one, because it lasts. */
  readonly level: Level;
  /** For people, one line. */
  readonly message: string;
  readonly evidence: readonly string[];
  /** Ids of the sources of which something may be lost next; null for everything that is kept. */
  readonly atRisk: readonly string[] | null;
  readonly suspects: readonly Suspect[];
}

interface TriggerFacts {
  /** Short, for people. */
  readonly title: string;
  /** What a person can do, one sentence. */
  readonly hint: string;
  /** How far it goes because it lasts. */
  readonly most: Level;
}

export const TRIGGER_FACTS: Readonly<Record<Trigger, TriggerFacts>> = {
  'critical-incidents': {
    title: 'Several critical incidents at once',
    hint: 'See them with: bulwark incidents',
    most: 3,
  },
  'mass-deletion': {
    title: 'Files disappear in several worktrees',
    hint: 'End what deletes, then bring the files back: bulwark status names the command for each worktree.',
    // An agent that has ended cannot keep what is left.
    most: 2,
  },
  'disk-nearly-full': {
    title: 'A disk is nearly full',
    hint: 'Free some space now: saving and git fail without it.',
    most: 3,
  },
  'store-damaged': {
    title: 'The store is damaged',
    hint: 'See what is lost with: bulwark verify; a replica may have it: bulwark verify --repair',
    most: 3,
  },
  'memory-running-out': {
    title: 'Memory is running out',
    hint: 'End programs that you do not need.',
    most: 3,
  },
};

/** One level more, up to the most. */
export function next(of: Level, most: Level): Level {
  const more = of === 1 ? 2 : 3;
  return more > most ? of : more;
}

/** Adds to what happened. */
export function note({ timeline }: EmergencyRecord, at: number, text: string): void {
  timeline.push({ at, text });
  if (timeline.length > TIMELINE_LENGTH) timeline.splice(1, 1);
}

const TIMELINE_LENGTH = 200;
