import { cpus, type CpuInfo } from 'node:os';

/** How busy the machine's processors were since the last call, from 0 to 1. It only informs: builds are normal. */
export class CpuUse {
  #last = totals(cpus());

  take(): number | null {
    const now = totals(cpus());
    const busy = now.busy - this.#last.busy;
    const all = now.all - this.#last.all;
    this.#last = now;
    return all <= 0 ? null : Math.min(1, Math.max(0, busy / all));
  }
}

function totals(list: readonly CpuInfo[]): { busy: number; all: number } {
  let [busy, all] = [0, 0];
  for (const { times } of list) {
    const { user, nice, sys, idle, irq } = times;
    busy += user + nice + sys + irq;
    all += user + nice + sys + irq + idle;
  }
  return { busy, all };
}
