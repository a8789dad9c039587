import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/**
 * Makes a thread give back the native memory of buffers that nobody holds any
 * more. V8 sees such buffers as a few bytes, so by itself it waits until tens of
 * megabytes have gathered in each thread. Cheap where little else lives.
 * @param kind `minor` looks only at what is new: enough where buffers are short-lived
 */
export function releaser(kind: 'minor' | 'major'): () => void {
  setFlagsFromString('--expose-gc');
  const collect: unknown = runInNewContext('gc');
  return typeof collect === 'function'
    ? () => void Reflect.apply(collect, undefined, [{ type: kind }])
    : () => undefined;
}
