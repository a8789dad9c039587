import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Where Linux tells of batteries and of what feeds them. */
const SUPPLIES = '/sys/class/power_supply';

/** Whether the machine runs on battery; null where the system does not say (Windows is not asked). */
export async function onBattery(): Promise<boolean | null> {
  switch (process.platform) {
    case 'linux':
      return await linuxOnBattery(SUPPLIES);
    case 'darwin':
      return parsePmset((await run('pmset', ['-g', 'batt'], { timeout: 2_000 })).stdout);
    default:
      return null;
  }
}

/** @param folder as {@link SUPPLIES}; a machine without it has no battery that it knows of */
export async function linuxOnBattery(folder: string): Promise<boolean> {
  let discharges = false;
  for (const name of await readdir(folder).catch(() => [])) {
    const read = async (file: string): Promise<string> =>
      (await readFile(join(folder, name, file), 'latin1').catch(() => '')).trim();
    const type = await read('type');
    // Of a mouse or a headset, not of the machine.
    if ((await read('scope')) === 'Device') continue;
    if (type !== 'Battery' && (await read('online')) === '1') return false;
    if (type === 'Battery' && (await read('status')) === 'Discharging') discharges = true;
  }
  return discharges;
}

/** Whether a Mac runs on battery, from the output of `pmset -g batt`; null where it does not say. */
export function parsePmset(text: string): boolean | null {
  const source = /drawing from '([^']+)'/.exec(text)?.[1];
  return source === undefined ? null : source === 'Battery Power';
}
