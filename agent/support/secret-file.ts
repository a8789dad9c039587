import { open } from 'node:fs/promises';
import { BulwarkError, fileError } from './errors';

const LIMIT = 64 * 1024;

/**
 * A secret in a file of its own: its text without the line break at its end.
 * @throws BulwarkError `path-missing`, `permission-denied` when others can read it
 */
export async function readSecretFile(path: string): Promise<string> {
  try {
    const file = await open(path, 'r');
    try {
      const { mode } = await file.stat();
      if (process.platform !== 'win32' && (mode & 0o077) !== 0)
        throw new BulwarkError('permission-denied', `others can read the secret in ${path}`, {
          hint: `Make it yours alone: chmod 600 ${path}`,
          details: { path },
        });
      const { buffer, bytesRead } = await file.read(Buffer.alloc(LIMIT), 0, LIMIT, 0);
      return buffer.toString('utf8', 0, bytesRead).replace(/\r?\n$/, '');
    } finally {
      await file.close();
    }
  } catch (error) {
    throw fileError(error, path);
  }
}
