import type { RecoveryPlan } from '../../agent/protocol/recovery-entities';
import { capitalized } from '../format';
import { displayName } from '../names';
import type { Choice, Ui } from '../ui';
import type { RecoveryModel } from './recovery-model';
import { actionLines, needsYes, savedWords, VERIFIED_WORDS, wayBackWords } from './recovery-words';

/** What a person chose about plans that were shown. */
export type Decision =
  | { readonly kind: 'do'; readonly plan: RecoveryPlan }
  | { readonly kind: 'refuse' }
  | { readonly kind: 'nothing' };

type Titles = Pick<RecoveryModel, 'title'>;

export interface DecideOptions {
  readonly ui: Pick<Ui, 'pick' | 'confirm'>;
  readonly recoveries: Titles;
}

interface Question {
  /** `Fix hotfix two`. */
  readonly title: string;
  readonly name: string;
  /** What is wrong, one sentence. */
  readonly message: string;
  /** Best first; not empty. */
  readonly plans: readonly [RecoveryPlan, ...RecoveryPlan[]];
  /** What stands on the button: `Fix`, `Approve`. */
  readonly action: string;
  /** Shows all that is known. */
  readonly details: () => Promise<void>;
  /** Whether it can be declined for good. */
  readonly canRefuse: boolean;
}

type Line =
  | { readonly kind: 'do' }
  | { readonly kind: 'instead'; readonly plan: RecoveryPlan }
  | { readonly kind: 'details' }
  | { readonly kind: 'refuse' }
  | { readonly kind: 'words' };

/**
 * Shows what would be done, what is saved and how it is undone, and lets a person decide; what they
 * have to agree to is asked once more, in words that nobody overlooks.
 */
export async function decide(
  { ui, recoveries }: DecideOptions,
  question: Question,
): Promise<Decision> {
  const { title, name, message, plans, action, details, canRefuse } = question;
  let [plan] = plans;
  for (;;) {
    const shown = plan;
    const picked = await ui.pick<Line>({
      title,
      placeholder: displayName(message),
      canGoBack: false,
      choices: async () => linesOf(shown, question, recoveries),
      async onChoose(line) {
        if (line.kind === 'details') await details();
        return line.kind === 'details' || line.kind === 'words' ? 'stay' : 'close';
      },
    });
    if (picked.kind !== 'chosen') return { kind: 'nothing' };
    if (picked.value.kind === 'instead') {
      plan = picked.value.plan;
      continue;
    }
    if (picked.value.kind === 'refuse' && canRefuse) return { kind: 'refuse' };
    if (!needsYes(plan)) return { kind: 'do', plan };
    const agreed = await ui.confirm({
      message: `${capitalized(recoveries.title(plan.strategy))}: ${name}?`,
      detail: [
        displayName(message),
        ...actionLines(plan),
        savedWords(plan),
        wayBackWords(plan),
      ].join('\n'),
      action,
    });
    return agreed ? { kind: 'do', plan } : { kind: 'nothing' };
  }
}

function linesOf(
  plan: RecoveryPlan,
  { action, plans, canRefuse }: Question,
  recoveries: Titles,
): readonly Choice<Line>[] {
  const words = (label: string, icon: string, group?: string): Choice<Line> => ({
    label,
    icon,
    value: { kind: 'words' },
    ...(group === undefined ? {} : { group }),
  });
  return [
    {
      label: needsYes(plan) ? `${action}…` : action,
      icon: 'check',
      description: recoveries.title(plan.strategy),
      value: { kind: 'do' },
    },
    ...(canRefuse
      ? [
          {
            label: 'Decline',
            icon: 'close',
            description: 'nothing is done',
            value: { kind: 'refuse' },
          } as const,
        ]
      : []),
    {
      label: 'Show Details',
      icon: 'go-to-file',
      description: 'in an editor',
      value: { kind: 'details' },
    },
    ...actionLines(plan).map((line, at) =>
      words(line, 'tools', at === 0 ? 'What will be done' : undefined),
    ),
    words(savedWords(plan), 'save', 'How it is kept safe'),
    words(VERIFIED_WORDS, 'search'),
    words(wayBackWords(plan), 'discard'),
    ...plans
      .filter((other) => other !== plan)
      .map((other, at): Choice<Line> => ({
        label: recoveries.title(other.strategy),
        icon: 'arrow-swap',
        description: 'instead',
        value: { kind: 'instead', plan: other },
        ...(at === 0 ? { group: 'Other ways' } : {}),
      })),
  ];
}
