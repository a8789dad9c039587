/** From Nagios: states that are looked at, weights of their changes, and the two thresholds, percent. */
const STATES = 21;
const OLDEST_WEIGHT = 0.75;
const NEWEST_WEIGHT = 1.25;
const BEGINS_AT = 20;
const ENDS_BELOW = 5;

/** The looks with one more; only so many are kept as count. */
export function withLook(looks: readonly boolean[], bad: boolean): readonly boolean[] {
  return [...looks, bad].slice(-STATES);
}

/** How much it changes to and fro, percent: changes among 21 looks, newer ones count more. */
export function changeRate(looks: readonly boolean[]): number {
  const places = STATES - 1;
  const offset = STATES - looks.length;
  let sum = 0;
  for (let i = 1; i < looks.length; i++) {
    if (looks[i] === looks[i - 1]) continue;
    const place = offset + i - 1;
    sum += OLDEST_WEIGHT + ((NEWEST_WEIGHT - OLDEST_WEIGHT) * place) / (places - 1);
  }
  return (sum / places) * 100;
}

/** Whether it flaps now. Between the thresholds, what was stays. */
export function isFlapping(looks: readonly boolean[], before: boolean): boolean {
  const rate = changeRate(looks);
  return before ? rate >= ENDS_BELOW : rate >= BEGINS_AT;
}
