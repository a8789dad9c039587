import type { Trigger } from '../trigger';

/** What is known of a fault before anything was done about it. */
export interface Sighting {
  readonly trigger: Trigger;
  /** Kind of component: `process`, `http`, `worktree` … */
  readonly kind: string;
  /** What was said of it, for people. */
  readonly text: string;
}

/** Two faults with the same signature are taken for the same. */
export interface Signature {
  readonly exact: string;
  /** What is gone by until the exact one was seen often enough. */
  readonly coarse: string;
}

const LONGEST = 160;

/** In this order: what is long and particular comes before what it is made of. */
const TAKEN_OUT: readonly (readonly [RegExp, string])[] = [
  [/\b[a-z][a-z0-9+.-]*:\/\/\S+/gi, '<url>'],
  [/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/gi, '<id>'],
  [/(?:[a-z]:)?[\w@.+~-]*(?:[\\/][\w@.+~-]*)+/gi, '<path>'],
  [/\b(?=[0-9a-f]*\d)[0-9a-f]{7,64}\b/gi, '<id>'],
  [/\d+(?:[.,:]\d+)*/g, '<n>'],
];

/** How it ended, as systems number it: an errno, an exit code, a signal. */
const CODES = [/\bE[A-Z]{3,}\b/, /\bexited with (\d+)/, /\bSIG[A-Z]{2,}\b/, /\bstatus (\d{3})\b/];

/**
 * The signature of a fault: trigger, kind, the text without paths, ids and numbers, and the code
 * that it ended with. Pure.
 */
export function signatureOf({ trigger, kind, text }: Sighting): Signature {
  const coarse = `${trigger} ${kind}`;
  const code = CODES.map((one) => one.exec(text)?.[0]).find((one) => one !== undefined) ?? '-';
  let plain = text;
  for (const [pattern, mark] of TAKEN_OUT) plain = plain.replaceAll(pattern, mark);
  plain = plain.replaceAll(/\s+/g, ' ').trim().toLowerCase().slice(0, LONGEST);
  return { exact: `${coarse} ${code} ${plain}`, coarse };
}
