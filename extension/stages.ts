/** What follows after one stage of a flow with several steps. */
export type Outcome<S> =
  | { readonly kind: 'next'; readonly stage: S }
  | { readonly kind: 'back' }
  /** The same stage once more, because what it shows has changed. */
  | { readonly kind: 'again' }
  | { readonly kind: 'cancelled' }
  | { readonly kind: 'done' };

/**
 * Runs a flow stage by stage, from `first` until one is done or cancelled.
 * Going back returns to the stage before; `canGoBack` tells whether there is one.
 */
export async function runStages<S>(
  first: S,
  run: (stage: S, canGoBack: boolean) => Promise<Outcome<S>>,
): Promise<'done' | 'cancelled'> {
  const stages = [first];
  for (;;) {
    const stage = stages.at(-1);
    if (stage === undefined) return 'cancelled';
    const outcome = await run(stage, stages.length > 1);
    switch (outcome.kind) {
      case 'next':
        stages.push(outcome.stage);
        break;
      case 'back':
        stages.pop();
        break;
      case 'again':
        break;
      case 'cancelled':
      case 'done':
        return outcome.kind;
    }
  }
}
