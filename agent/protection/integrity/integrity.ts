import type { IntegrityLedger, LevelProof, OpenDamage } from './ledger';

/** How much of the store is proven to be right, and how long ago. */
export interface Integrity {
  /** 0 to 1. It is 1 only when every byte, every reference and git's verdict were proven, and nothing is damaged. */
  readonly score: number;
  /** Bytes of the packs that were read back and were right. */
  readonly provenBytes: number;
  readonly totalBytes: number;
  /** When the part was read back whose proof is the oldest, ms since 1970; null when nothing was. */
  readonly oldestProof: number | null;
  /** Whether each reference leads to something that is there. */
  readonly structure: LevelProof | null;
  /** Whether git accepts the git states that are kept. */
  readonly meaning: LevelProof | null;
  readonly damage: OpenDamage | null;
}

/** What is not wholly proven never looks like it when it is rounded. */
const ALMOST = 0.999;

/** @param sizes bytes of each pack on disk */
export function integrityOf(
  ledger: IntegrityLedger,
  sizes: ReadonlyMap<string, number>,
): Integrity {
  let provenBytes = 0;
  let totalBytes = 0;
  let oldestProof: number | null = null;
  for (const [id, size] of sizes) {
    totalBytes += size;
    const proof = ledger.proofOf(id);
    if (proof === null) continue;
    provenBytes += Math.max(0, Math.min(proof.bytes, size) - proof.badBytes);
    oldestProof = Math.min(oldestProof ?? proof.at, proof.at);
  }
  const { structure, meaning, damage } = ledger;
  const whole =
    provenBytes === totalBytes && structure?.ok === true && meaning?.ok === true && damage === null;
  const share = totalBytes === 0 ? 0 : provenBytes / totalBytes;
  return {
    score: whole ? 1 : Math.min(share, ALMOST),
    provenBytes,
    totalBytes,
    oldestProof,
    structure,
    meaning,
    damage,
  };
}
