import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { z } from 'zod';

/** A discovery file is a few hundred bytes; whatever is larger is none. */
const MAX_BYTES = 65_536;
/**
 * No link is followed, and a named pipe in its place does not hang whoever looks for the agent.
 * Windows has neither flag: there they are undefined, which counts as 0.
 */
const OPEN_FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
/** Permission bits of anybody but the owner. */
const OTHERS = 0o077;

/** Where the agent listens and what opens its door: the content of the discovery file. */
export const discoverySchema = z.object({
  socket: z.string().min(1).max(1024).describe('path of the unix socket, or name of the pipe'),
  token: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .describe('256 random bits in hexadecimal, for the handshake'),
  pid: z.int().positive(),
  version: z.string().max(50),
  startedAt: z.int().nonnegative().describe('milliseconds since 1970, UTC'),
  tcpPort: z
    .int()
    .min(1)
    .max(65_535)
    .optional()
    .describe('port on 127.0.0.1; only there when TCP is switched on'),
});
export type Discovery = z.infer<typeof discoverySchema>;

/** The folder with all state of a user's agent: `BULWARK_HOME`, or `.bulwark` in the home folder. */
export function bulwarkHome(env: NodeJS.ProcessEnv, homedir: string): string {
  const configured = env['BULWARK_HOME'];
  return configured === undefined || configured === ''
    ? join(homedir, '.bulwark')
    : resolve(configured);
}

/** Path of the discovery file of an agent whose state is in `home`. */
export function discoveryPath(home: string): string {
  return join(home, 'agent.json');
}

/**
 * What the discovery file says, or null when there is none that can be trusted: it is missing,
 * damaged, no regular file, or somebody else owns it or may read it. That it is there does not
 * mean that the agent still lives.
 */
export async function readDiscovery(home: string): Promise<Discovery | null> {
  const text = await readPrivateFile(discoveryPath(home));
  if (text === null) return null;
  const parsed = discoverySchema.safeParse(parseJson(text));
  return parsed.success ? parsed.data : null;
}

async function readPrivateFile(path: string): Promise<string | null> {
  try {
    const file = await open(path, OPEN_FLAGS);
    try {
      const stat = await file.stat();
      if (!stat.isFile() || stat.size > MAX_BYTES) return null;
      // Windows has neither owner numbers nor such bits; there the profile folder is the fence.
      const uid = process.getuid?.();
      if (uid !== undefined && (stat.uid !== uid || (stat.mode & OTHERS) !== 0)) return null;
      return await file.readFile('utf8');
    } finally {
      await file.close();
    }
  } catch {
    return null;
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
