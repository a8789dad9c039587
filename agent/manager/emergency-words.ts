import { TRIGGER_FACTS, type Trigger } from './emergencies/emergency';

/** What people are told of an emergency beside what was found: its name, and what they can do. */
export function triggerWords(trigger: Trigger): { readonly title: string; readonly hint: string } {
  const { title, hint } = TRIGGER_FACTS[trigger];
  return { title, hint };
}
