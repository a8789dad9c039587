/** Nanoseconds to seconds with fractions, as `utimes` wants them; a double keeps them to a microsecond. */
export function toSeconds(nanoseconds: bigint): number {
  return Number(nanoseconds) / 1e9;
}

/** A time for `utimes`: Node takes a number below zero for the present, but a date before 1970 for itself. */
export function fileTime(seconds: number): number | Date {
  return seconds < 0 ? new Date(seconds * 1000) : seconds;
}
