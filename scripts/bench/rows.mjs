/**
 * The rows of the table, and what is promised: `limit` times restic's figure in `against`
 * (the same row when it is not set). A row without a limit is told, not judged.
 */
export const ROWS = [
  { id: 'start', title: 'start of the agent, with a new store', unit: 'ms', limit: null },
  { id: 'first', title: 'first snapshot', unit: 'ms', limit: 0.45 },
  { id: 'memory', title: 'first snapshot, peak memory', unit: 'bytes', limit: 1.7 },
  { id: 'size', title: 'size of the store', unit: 'bytes', limit: 0.85 },
  { id: 'scan', title: 'nothing changed, full scan', unit: 'ms', limit: 0.3 },
  { id: 'change1', title: '1 file changed, watched', unit: 'ms', limit: 0.03, files: 1 },
  { id: 'change100', title: '100 files changed, watched', unit: 'ms', limit: 0.06, files: 100 },
  { id: 'change1000', title: '1,000 files changed, watched', unit: 'ms', limit: 0.25, files: 1000 },
  {
    id: 'small',
    title: '1 file changed in a tree of 1,000, watched',
    unit: 'ms',
    // The large tree may cost no more than this many times the small one.
    limit: 1.5,
    compares: 'change1',
  },
  { id: 'restore', title: 'restore all into an empty folder', unit: 'ms', limit: 0.7 },
  {
    id: 'over',
    title: 'restore over a tree with 100 differing files',
    unit: 'ms',
    limit: 0.25,
    against: 'restore',
  },
  { id: 'verify', title: 'verify, everything read', unit: 'ms', limit: 1 },
];

/** Rows that must be measured for a chosen one to be judged. */
export function withNeeded(chosen) {
  const wanted = new Set(chosen);
  for (const row of ROWS) {
    if (!wanted.has(row.id)) continue;
    if (row.against !== undefined) wanted.add(row.against);
    if (row.compares !== undefined) wanted.add(row.compares);
  }
  return wanted;
}
