import { systemClock, type Clock } from '../../agent/support/clock';

/**
 * A clock that runs faster than the machine's: what takes minutes for the agent takes seconds for a
 * test. What is real (a process that starts) seems slower to it by as much.
 */
export function fastClock(times: number): Clock {
  const wall = systemClock.now();
  const start = systemClock.monotonic();
  const passed = (): number => (systemClock.monotonic() - start) * times;
  return {
    now: () => Math.round(wall + passed()),
    monotonic: passed,
    setTimeout: (fn, ms) => systemClock.setTimeout(fn, ms / times),
    sleep: (ms, signal) => systemClock.sleep(ms / times, signal),
  };
}
