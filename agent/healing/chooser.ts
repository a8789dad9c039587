import type { PreparedAction, ActionMaker } from './action';
import type { Incident } from './incident';
import { WAIT, type Candidate, type Experience, type Judged } from './learning/experience';
import { signatureOf, type Signature } from './learning/signature';
import type { PlannedStep } from './recovery';
import { cataloguePrior, STRATEGIES, UNKNOWN } from './strategies';

/** Actions by name, and those that only this incident has. */
export interface ActionShop {
  readonly makers: Readonly<Partial<Record<string, ActionMaker>>>;
  /** Actions of the user's own, and remedies that are made for this very fault; best first. */
  particular(incident: Incident): Promise<readonly PreparedAction[]>;
}

/** A strategy that applies, with what it would do. */
export interface Choice {
  readonly judged: Judged;
  readonly rows: readonly (readonly PreparedAction[])[];
  readonly plan: PlannedStep;
}

/** What is believed of the first, second … of several particular actions, before anything was seen. */
const PARTICULAR = { helped: 0.8, failed: 0.2 };

/** Finds out what can be done about an incident, best first. Changes nothing. */
export class Chooser {
  readonly #shop: ActionShop;
  readonly #experience: Experience;

  constructor(shop: ActionShop, experience: Experience) {
    this.#shop = shop;
    this.#experience = experience;
  }

  /** @param only the one strategy or action that was asked for */
  async choices(incident: Incident, only: string | null = null): Promise<Choice[]> {
    const ready = new Map<string, readonly (readonly PreparedAction[])[]>();
    const candidates: Candidate[] = [];
    for (const [place, action] of (await this.#shop.particular(incident)).entries()) {
      ready.set(action.action, [[action]]);
      const prior = { ...PARTICULAR, failed: PARTICULAR.failed * (place + 1) };
      candidates.push({ strategy: action.action, prior, catalogued: true });
    }
    for (const { id, rows } of STRATEGIES) {
      if (id === WAIT && !mayClear(incident)) continue;
      const prepared = await this.#prepare(rows, incident);
      if (prepared === null) continue;
      ready.set(id, prepared);
      const prior = cataloguePrior(incident.fault, incident.kind, id);
      candidates.push({ strategy: id, prior: prior ?? UNKNOWN, catalogued: prior !== null });
    }
    const wanted = candidates.filter(({ strategy }) => only === null || strategy === only);
    return this.#experience.judge(signatureFor(incident), wanted).map((judged) => {
      const rows = ready.get(judged.strategy) ?? [];
      return { judged, rows, plan: planOf(judged, rows) };
    });
  }

  async #prepare(
    rows: readonly (readonly string[])[],
    incident: Incident,
  ): Promise<PreparedAction[][] | null> {
    const prepared: PreparedAction[][] = [];
    for (const row of rows) {
      const actions: PreparedAction[] = [];
      for (const name of row) {
        const action = await this.#shop.makers[name]?.(incident);
        if (action == null) return null;
        actions.push(action);
      }
      prepared.push(actions);
    }
    return prepared;
  }
}

/** What somebody asks for, and a process that was given up, does not come back by waiting. */
function mayClear({ trigger, fault }: Incident): boolean {
  return trigger !== 'asked' && fault !== 'component.failed';
}

/** What an incident is taken for by what is learned. */
export function signatureFor({ trigger, fault, kind, message, subject }: Incident): Signature {
  const text = message.replaceAll(subject.name, '<it>');
  return signatureOf({ trigger, kind: `${kind} ${fault}`, text });
}

function planOf(judged: Judged, rows: readonly (readonly PreparedAction[])[]): PlannedStep {
  const { strategy, mean, confidence, tries, catalogued, trusted } = judged;
  const known = catalogued
    ? 'the catalogue names it for this fault'
    : 'it is not in the catalogue for this fault';
  const seen =
    tries < 0.5
      ? 'never tried here'
      : `tried about ${String(Math.round(tries))} times, helps in at least ${String(Math.round(confidence * 100))} %`;
  return {
    strategy,
    why: `${known}; ${seen}${trusted ? '' : '; not sure enough to act without asking'}`,
    rows: rows.map((row) =>
      row.map(({ action, tier, explain, touches }) => ({
        action,
        tier,
        explain,
        touches: [...touches],
      })),
    ),
    mean,
    confidence,
    tries,
  };
}
