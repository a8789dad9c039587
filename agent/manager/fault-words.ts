import { FAULTS, type FaultId } from '../monitor/catalogue';

/** What people are told of a fault beside what was found: its name, and what they can do. */
export function faultWords(fault: FaultId): { readonly title: string; readonly hint: string } {
  const { title, hint } = FAULTS[fault];
  return { title, hint };
}
