import type { JournalEntry } from '../agent/protocol/entities';
import { count, dayKey, dayLabel, timeOfDay } from './format';
import type { JournalPages } from './journal-pages';
import { changedPlaces, changeIcon, changeWords } from './journal-words';
import { displayName } from './names';
import type { Step } from './pickers';
import type { Choice, Picked, Ui } from './ui';

/** Asks for a record of the journal: the state that its change led to; `more` for older ones. */
export function pickMoment(
  { ui, now }: { readonly ui: Ui; readonly now: () => number },
  step: Step,
  worktree: string,
  journal: JournalPages,
): Promise<Picked<JournalEntry | 'more'>> {
  return ui.pick<JournalEntry | 'more'>({
    title: step.title,
    step: step.number,
    canGoBack: step.canGoBack,
    placeholder: `Choose a moment of ${displayName(worktree)}: its files as they were after that change`,
    empty: 'Nothing has changed since it is protected. Restore Snapshot… has its snapshots.',
    async choices() {
      const entries = await journal.read();
      const choices = entries.map((entry, at): Choice<JournalEntry | 'more'> => {
        const before = entries[at - 1];
        const begins = before === undefined || dayKey(before.at) !== dayKey(entry.at);
        return {
          label: timeOfDay(entry.at),
          icon: changeIcon(entry),
          description: [changeWords(entry), displayName(entry.branch ?? '')]
            .filter(Boolean)
            .join(' · '),
          detail: changedPlaces(entry),
          value: entry,
          ...(begins ? { group: dayLabel(entry.at, now()) } : {}),
        };
      });
      if (!journal.more) return choices;
      const description = `${count(entries.length, 'moment')} shown`;
      return [...choices, { label: 'Load more', icon: 'ellipsis', description, value: 'more' }];
    },
  });
}
