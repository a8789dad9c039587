import { auditEntry, hashOf, type AuditEntry } from './entry';
import { START, type Mark, type Marks } from './marks';
import type { Segments } from './segments';

/** A place where the trail is not as it was written. */
export interface AuditProblem {
  /** Of the entry, or of the one that should be there. */
  readonly sequence: number;
  readonly message: string;
}

export interface AuditVerification {
  readonly entries: number;
  /** After which entry the trail begins: older ones were removed when their time was over. */
  readonly from: Mark;
  /** The last entry. */
  readonly head: Mark;
  readonly problems: readonly AuditProblem[];
}

const MOST_PROBLEMS = 100;
/** The entry that tells that earlier ones were taken away. */
export const GAP = 'audit/gap';

/** An entry of a file, or null for a line that is none. */
export function parseEntry(line: string): AuditEntry | null {
  try {
    const parsed = auditEntry.safeParse(JSON.parse(line));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
}

/**
 * Follows the chain from its beginning to its end, and tells each place where it does not hold.
 * @param head the last entry that was written, as whoever writes knows it
 */
export async function verifyTrail(
  segments: Segments,
  marks: Marks,
  head: Mark,
): Promise<AuditVerification> {
  const from = (await marks.read('checkpoint')) ?? START;
  const problems: AuditProblem[] = [];
  const tell = (sequence: number, message: string): void => {
    if (problems.length < MOST_PROBLEMS) problems.push({ sequence, message });
  };
  let at = from;
  let entries = 0;
  for (const segment of segments.list) {
    const { lines } = await segments.lines(segment);
    for (const line of lines) {
      const entry = parseEntry(line);
      if (entry === null) {
        tell(at.sequence + 1, 'it cannot be read');
        at = { sequence: at.sequence + 1, hash: '' };
        continue;
      }
      entries += 1;
      check(entry, at, tell);
      if (entry.sequence === head.sequence && entry.hash !== head.hash)
        tell(entry.sequence, 'it is not the entry that was written there');
      if (entry.action === GAP)
        tell(entry.sequence, entry.outcome ?? 'entries before it were removed');
      at = { sequence: entry.sequence, hash: entry.hash };
    }
  }
  if (head.sequence > at.sequence)
    tell(at.sequence + 1, `the entries up to ${String(head.sequence)} are missing at the end`);
  return { entries, from, head: at, problems };
}

function check(
  entry: AuditEntry,
  { sequence, hash }: Mark,
  tell: (sequence: number, message: string) => void,
): void {
  const expected = sequence + 1;
  if (entry.sequence !== expected)
    tell(
      expected,
      entry.sequence > expected
        ? `the entries up to ${String(entry.sequence - 1)} are missing`
        : `entry ${String(entry.sequence)} stands in its place`,
    );
  // After a gap, or a line that is none, nobody knows the hash before.
  else if (hash !== '' && hashOf(hash, entry) !== entry.hash)
    tell(entry.sequence, 'it was changed, or the one before it was');
}
