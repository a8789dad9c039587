import type { CallContext } from '../../protocol/handlers';

/** Tells a client how much a capture has read; undefined when it did not ask to be told. */
export function progressOf({
  watched,
  progress,
}: CallContext): ((done: number, total: number | null) => void) | undefined {
  if (!watched) return undefined;
  return (done, total) => {
    progress({ phase: 'reading', done, total, unit: 'bytes' });
  };
}
