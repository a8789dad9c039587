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

export interface PickRequest<T> {
  readonly title: string;
  readonly placeholder: string;
  /** Said instead of the placeholder when there is nothing to choose from. */
  readonly empty?: string;
  /** Number of this step, from 1, and of all steps. */
  readonly step?: readonly [number, number];
  /** Makes the list; the box is shown busy until then. An error closes it and is passed on. */
  choices(signal: AbortSignal): Promise<readonly Choice<T>[]>;
  readonly canGoBack: boolean;
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
