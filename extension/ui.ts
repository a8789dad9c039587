import type { Progress } from '../agent/protocol/entities';

/** One line of a list to choose from. */
export interface Choice<T> {
  readonly label: string;
  /** Name of a product icon in front of the label. */
  readonly icon?: string;
  readonly description?: string;
  readonly detail?: string;
  /** Heading above the line; given where it changes. */
  readonly group?: string;
  readonly value: T;
}

/** A list to choose from. */
export interface ListRequest<T> {
  readonly title: string;
  readonly placeholder: string;
  /** Said instead of the placeholder when there is nothing to choose from. */
  readonly empty?: string;
  /** Number of this step, from 1, and of all steps. */
  readonly step?: readonly [number, number];
  /** Makes the list; the box is shown busy until then. An error closes it and is passed on. */
  choices(signal: AbortSignal): Promise<readonly Choice<T>[]>;
  readonly canGoBack: boolean;
}

export interface PickRequest<T> extends ListRequest<T> {
  /** Called with each chosen line; answers whether the list stays open after it. */
  onChoose?(value: T): Promise<'stay' | 'close'>;
}

export type Picked<T> =
  | { readonly kind: 'chosen'; readonly value: T }
  | { readonly kind: 'back' }
  | { readonly kind: 'cancelled' };

/** Talks with the person at the window. The flows know only this, so that tests can answer. */
export interface Ui {
  pick<T>(request: PickRequest<T>): Promise<Picked<T>>;
  /** Several of a list, at least one; `marked` tells which are chosen already. */
  pickSome<T>(
    request: ListRequest<T> & { marked(value: T): boolean },
  ): Promise<Picked<readonly T[]>>;
  /** A line of text, which may be empty; null when the person leaves. */
  ask(request: { title: string; prompt: string; placeholder: string }): Promise<string | null>;
  /** One modal question before something that overwrites or deletes. */
  confirm(question: { message: string; detail: string; action: string }): Promise<boolean>;
  /** Shows that work goes on; `signal` is aborted when the person cancels it. */
  progress<T>(
    title: string,
    work: (report: (progress: Progress) => void, signal: AbortSignal) => Promise<T>,
  ): Promise<T>;
  /** A notification; gives the action that was chosen. */
  notify(
    severity: 'info' | 'warning' | 'error',
    message: string,
    actions: readonly string[],
  ): Promise<string | undefined>;
  /** A short confirmation that needs no answer, in the status bar. */
  mention(message: string): void;
}
