import { z } from 'zod';

/** A frame that verified, in the order of the pack. */
export interface SeenFrame {
  readonly number: number;
  /** Of a record: the number of the first frame that was made durable together with it. */
  readonly commitFrom: number | null;
}

const commitMark = z.object({ commitFrom: z.int().nonnegative() });

/** The text of a record in a frame, with the mark that tells what belongs to its commit. */
export function markRecord(record: object, commitFrom: number): Buffer {
  return Buffer.from(JSON.stringify({ ...record, commitFrom }), 'utf8');
}

/** The mark of a record's payload; null where there is none. */
export function commitFromOf(plain: Buffer): number | null {
  try {
    const parsed = commitMark.safeParse(JSON.parse(plain.toString('utf8')));
    return parsed.success ? parsed.data.commitFrom : null;
  } catch {
    return null;
  }
}

/**
 * The number of the first frame that is missing of what never came to its end, in a pack that was
 * left open; null when nothing is. What was written since the last flush can reach the disk in any
 * order, so the last records may be there without all that they refer to. The last mark tells
 * which frames were flushed before: of those, a missing one is damage. Of the later ones, a record
 * counts only when all that lie before it are there.
 */
export function unfinishedFrom(seen: readonly SeenFrame[]): number | null {
  const marks = seen.flatMap(({ commitFrom }) => commitFrom ?? []);
  const flushed = marks.length > 0 ? Math.max(...marks) : (seen[0]?.number ?? 0);
  let next = flushed;
  for (const { number } of seen) {
    if (number < flushed) continue;
    if (number !== next) return next;
    next += 1;
  }
  return null;
}
