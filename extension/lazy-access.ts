import type { AgentAccess, AgentAddress } from './agent-link';
import type { Disposable } from './signal';

/** An access that is made at its first use, so that a window starts without waiting for it. */
export function lazyAccess<A extends AgentAddress>(
  make: () => Promise<AgentAccess<A>>,
): AgentAccess<A> {
  let made: Promise<AgentAccess<A>> | null = null;
  const get = (): Promise<AgentAccess<A>> => (made ??= make());
  return {
    find: async () => (await get()).find(),
    connect: async (address) => (await get()).connect(address),
    launch: async () => (await get()).launch(),
    watch(listener) {
      let inner: Disposable | null = null;
      let disposed = false;
      void get().then((access) => {
        if (!disposed) inner = access.watch(listener);
      });
      return {
        dispose: () => {
          disposed = true;
          inner?.dispose();
        },
      };
    },
  };
}
