import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { MODES } from '../healing/mode';
import { channelList } from '../monitor/channels/channel-settings';
import { isPattern } from '../protection/backups/schedules';
import { BulwarkError, errnoOf, fileError } from '../support/errors';

const pattern = z
  .string()
  .refine(isPattern, 'it must be a cron pattern of five fields, as "0 2 * * 0", or null')
  .nullable();
const days = (number: number): z.ZodDefault<z.ZodNumber> => z.number().min(0).default(number);

/** `settings.json` in the agent's home; every key is optional. */
const settingsSchema = z.strictObject({
  exclude: z.array(z.string().min(1)).default([]),
  maxFileBytes: z
    .int()
    .min(1024)
    .default(1024 * 1024 * 1024),
  settleMs: z.int().min(50).max(60_000).default(500),
  idleExitMinutes: z.number().min(0).nullable().default(null),
  codec: z.enum(['zstd', 'lz4', 'gzip', 'none']).default('zstd'),
  schedules: z
    .strictObject({
      full: pattern.default('0 2 * * 0'),
      incremental: pattern.default('0 2 * * 1-6'),
      differential: pattern.default('0 14 * * *'),
    })
    .prefault({}),
  keepDays: z
    .strictObject({
      full: days(30),
      incremental: days(7),
      differential: days(14),
      snapshot: days(3),
      manual: days(30),
      safety: days(7),
    })
    .prefault({}),
  journalHours: z.number().min(0).default(24),
  quotaBytes: z
    .int()
    .min(16 * 1024 * 1024)
    .nullable()
    .default(null),
  floorBytes: z
    .int()
    .min(0)
    .default(1024 * 1024 * 1024),
  gcGraceHours: z.number().min(0).default(24),
  gcGraceOperations: z.int().min(0).default(10),
  scrubBytesPerSecond: z
    .int()
    .min(64 * 1024)
    .default(16 * 1024 * 1024),
  scrubCpuPercent: z.number().min(1).max(100).default(20),
  scratchFolder: z.string().min(1).nullable().default(null),
  replicaMinutes: z.number().min(0.1).max(1440).default(5),
  healing: z
    .strictObject({
      mode: z.enum(MODES).default('autonomous'),
      atOnce: z.int().min(1).max(20).default(3),
      limitMinutes: z.number().min(0.1).max(60).default(5),
    })
    .prefault({}),
  emergencyProtocols: z
    .strictObject({
      enabled: z.boolean().default(true),
      actions: z
        .strictObject({
          emergencyBackup: z.boolean().default(true),
          componentIsolation: z.boolean().default(true),
          administratorAlert: z.boolean().default(true),
          systemShutdown: z.boolean().default(false),
        })
        .prefault({}),
      criticalIncidents: z.int().min(2).max(100).default(3),
      massDeletionWorktrees: z.int().min(2).max(100).default(2),
      withinMinutes: z.number().min(0.1).max(1440).default(10),
      escalateMinutes: z.number().min(0.1).max(1440).default(10),
      standDownMinutes: z.number().min(0.01).max(1440).default(2),
    })
    .prefault({}),
  auditDays: z.number().min(1).default(365),
  codingAgents: z.strictObject({ restore: z.enum(['ask', 'allow']).default('ask') }).prefault({}),
  channels: channelList,
  tcpPort: z.int().min(0).max(65_535).nullable().default(null),
});
export type Settings = z.infer<typeof settingsSchema>;

/** What whoever starts the system says, in place of what the settings tell. */
export interface AskedSettings {
  readonly mode?: Settings['healing']['mode'];
  readonly emergencyProtocols?: {
    readonly enabled?: boolean;
    readonly actions?: Partial<Settings['emergencyProtocols']['actions']>;
  };
}

/** The settings with what was asked for in place of what they tell; what was not stays. */
export function inPlaceOf(told: Settings, { mode, emergencyProtocols }: AskedSettings): Settings {
  const { enabled, actions } = emergencyProtocols ?? {};
  return {
    ...told,
    healing: { ...told.healing, ...(mode === undefined ? {} : { mode }) },
    emergencyProtocols: {
      ...told.emergencyProtocols,
      ...(enabled === undefined ? {} : { enabled }),
      actions: { ...told.emergencyProtocols.actions, ...actions },
    },
  };
}

/**
 * The settings in `path`, or the defaults when there is no such file.
 * @throws BulwarkError `settings-invalid`, which names the key that is wrong
 */
export async function loadSettings(path: string): Promise<Settings> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return settingsSchema.parse({});
    throw fileError(error, path);
  }
  const parsed = settingsSchema.safeParse(parseJson(text, path));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const where =
    issue === undefined ? '' : `${issue.path.join('.') || 'the file'}: ${issue.message}`;
  throw invalid(path, where);
}

function parseJson(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw invalid(path, 'it is no JSON');
  }
}

function invalid(path: string, why: string): BulwarkError {
  return new BulwarkError('settings-invalid', `${path} cannot be used: ${why}`, {
    hint: 'Correct it (docs/settings.md lists every key), or delete it to have the defaults.',
    details: { path },
  });
}
