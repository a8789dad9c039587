import { isAbsolute, sep } from 'node:path';
import { z } from 'zod';

const MAX_LENGTH = 8192;
/** Half of a character that stands for no byte either: it is the name of nothing. */
const STRAY_HALF =
  /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udc7f\udd00-\udfff]/;
/** `\\.\PhysicalDrive0`, `\\?\GLOBALROOT\…`: a device of Windows, not a file; `\\?\C:\` is one. */
const DEVICE = /^[\\/]{2}[.?][\\/](?!(?:[a-z]:|unc)[\\/])/i;

const path = z.string().min(1).max(MAX_LENGTH);

/**
 * A path that a client names: whole, because the agent's own folder is nothing to start from, and
 * plain, so that what it says is where it leads.
 */
export const absolutePath = path
  .refine(isPlain, 'must be absolute, without ".." and without characters that no file name has')
  .describe('absolute path without `..`; invalid UTF-8 bytes as U+DCXX');

/** As {@link absolutePath}, or what a program has registered. */
export const placePath = path
  .refine(
    (text) => text.startsWith('source:') || isPlain(text),
    'must be an absolute path, without ".." and without characters that no file name has, or source:NAME',
  )
  .describe('absolute path without `..`, or `source:NAME`; invalid UTF-8 bytes as U+DCXX');

function isPlain(text: string): boolean {
  if (!isAbsolute(text) || text.includes('\0') || STRAY_HALF.test(text)) return false;
  if (sep === '\\' && DEVICE.test(text)) return false;
  return !text.split(sep === '\\' ? /[\\/]/ : '/').includes('..');
}
