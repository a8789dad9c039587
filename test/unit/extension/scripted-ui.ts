import type { ListRequest, Picked, PickRequest, Ui } from '../../../extension/ui';

/** What a person does when a list is shown: chooses a line by its label, goes back, or leaves. */
export type Move = { readonly choose: string } | 'back' | 'leave';

/** A person who does what a script says, and remembers what was shown. */
export class ScriptedUi implements Ui {
  /** Titles and labels of the lists that were shown. */
  readonly lists: {
    readonly title: string;
    readonly step: readonly [number, number] | undefined;
    readonly labels: readonly string[];
    /** What stands behind and below the labels. */
    readonly details: readonly string[];
  }[] = [];
  readonly questions: { readonly message: string; readonly detail: string }[] = [];
  readonly notifications: string[] = [];
  readonly mentions: string[] = [];
  readonly asked: string[] = [];
  /** What the person types when asked; null leaves. */
  answer: string | null = null;
  /** Whether the person agrees to modal questions. */
  agrees = true;
  /** Which action the person chooses in notifications. */
  action: string | undefined;
  readonly #moves: Move[];

  constructor(moves: readonly Move[]) {
    this.#moves = [...moves];
  }

  async pick<T>(request: PickRequest<T>): Promise<Picked<T>> {
    const choices = await request.choices(new AbortController().signal);
    this.lists.push({
      title: request.title,
      step: request.step,
      labels: choices.map(({ label }) => label),
      details: choices.map(({ description, detail }) =>
        [description, detail].filter(Boolean).join(': '),
      ),
    });
    for (;;) {
      const move = this.#moves.shift();
      if (move === undefined || move === 'leave') return { kind: 'cancelled' };
      if (move === 'back') {
        if (!request.canGoBack) throw new Error(`there is no way back from ${request.title}`);
        return { kind: 'back' };
      }
      const choice = choices.find(({ label }) => label === move.choose);
      if (choice === undefined) {
        const offered = choices.map(({ label }) => label).join(', ');
        throw new Error(`${move.choose} is not offered, only ${offered}`);
      }
      const next = (await request.onChoose?.(choice.value)) ?? 'close';
      if (next === 'close') return { kind: 'chosen', value: choice.value };
    }
  }

  async pickSome<T>(
    request: ListRequest<T> & { marked(value: T): boolean },
  ): Promise<Picked<readonly T[]>> {
    const picked = await this.pick(request);
    return picked.kind === 'chosen' ? { kind: 'chosen', value: [picked.value] } : picked;
  }

  ask({ title }: { title: string }): Promise<string | null> {
    this.asked.push(title);
    return Promise.resolve(this.answer);
  }

  confirm({ message, detail }: { message: string; detail: string }): Promise<boolean> {
    this.questions.push({ message, detail });
    return Promise.resolve(this.agrees);
  }

  progress<T>(
    _title: string,
    work: (report: () => void, signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    return work(() => undefined, new AbortController().signal);
  }

  notify(_severity: string, message: string): Promise<string | undefined> {
    this.notifications.push(message);
    return Promise.resolve(this.action);
  }

  mention(message: string): void {
    this.mentions.push(message);
  }
}
