import { z } from 'zod';
import { pathText } from './entities';
import type { MethodSpec } from './method-spec';
import { absolutePath } from './path-entities';

/** A fault of a git worktree, and what became of it. */
const doctorFault = z.object({
  id: z.string().describe('as in alerts: `git.index-damaged`'),
  title: z.string(),
  message: z.string(),
  worktree: pathText,
  part: z.string().describe('the file or ref that it is about'),
  tier: z
    .enum(['automatic', 'after-snapshot', 'approval'])
    .nullable()
    .describe('what the best remedy needs; null where none is known'),
  plan: z.string().nullable().describe('what the best remedy would do, or what was done'),
  healed: z.boolean(),
  saved: z.string().nullable().describe('the snapshot that was taken before'),
  attempt: z.string().nullable().describe('id of the repair, for doctor/undo'),
  why: z.string().nullable().describe('why it is not healed'),
  hint: z.string().describe('what a person can do'),
  offered: z.boolean().describe('nothing is broken, and the plan is carried out only for `offers`'),
});

const doctorReport = z.object({
  repository: pathText.describe('the shared git directory'),
  isProtected: z.boolean(),
  healthy: z.boolean().describe('nothing is wrong (any more)'),
  faults: z.array(doctorFault),
  young: z
    .array(z.string())
    .describe('locks that are too young to tell whether somebody holds them'),
  complete: z.boolean().describe('whether git could check all objects in the time it has'),
});
export type DoctorReport = z.infer<typeof doctorReport>;

/** Requests about faults in git's own files. */
export const DOCTOR_METHODS = {
  'doctor/examine': {
    summary:
      'Find what is wrong with git’s own files in all worktrees of a repository, and mend it when asked to.',
    params: z.object({
      path: absolutePath.describe('anything in a worktree'),
      fix: z
        .boolean()
        .optional()
        .describe('mend it; whoever asks has approved the plans that are shown without it'),
      offers: z
        .array(z.string())
        .max(20)
        .optional()
        .describe('with `fix`: ids of faults whose offered plans are carried out as well'),
    }),
    result: doctorReport,
    progress: false,
    mutates: true,
  },
  'doctor/undo': {
    summary: 'Take a repair back, as long as nobody has gone on from what it wrote.',
    params: z.object({
      attempt: z.string().min(4).max(16).describe('its id, or the beginning of it'),
    }),
    result: z.object({ attempt: z.string(), explain: z.string() }),
    progress: false,
    mutates: true,
  },
} as const satisfies Record<string, MethodSpec>;
