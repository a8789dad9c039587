import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { BulwarkError, errnoOf, fileError } from '../support/errors';

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
  replicaMinutes: z.number().min(0.1).max(1440).default(5),
  tcpPort: z.int().min(0).max(65_535).nullable().default(null),
});
export type Settings = z.infer<typeof settingsSchema>;

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
