import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { linuxOnBattery, parsePmset } from '../../../agent/monitor/machine/power';

describe('whether the machine runs on battery', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'bulwark-power-'));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  const supply = (name: string, files: Readonly<Record<string, string>>): void => {
    mkdirSync(join(folder, name));
    for (const [file, text] of Object.entries(files))
      writeFileSync(join(folder, name, file), `${text}\n`);
  };

  it('is told by a battery that discharges while nothing feeds it', async () => {
    supply('AC', { type: 'Mains', online: '0' });
    supply('BAT0', { type: 'Battery', status: 'Discharging' });
    assert.equal(await linuxOnBattery(folder), true);
  });

  it('is not so while it is plugged in, also where one of two batteries discharges', async () => {
    supply('AC', { type: 'Mains', online: '1' });
    supply('BAT0', { type: 'Battery', status: 'Charging' });
    supply('BAT1', { type: 'Battery', status: 'Discharging' });
    assert.equal(await linuxOnBattery(folder), false);
  });

  it('is not told by the battery of a mouse, nor where there is none', async () => {
    supply('hid', { type: 'Battery', scope: 'Device', status: 'Discharging' });
    assert.equal(await linuxOnBattery(folder), false);
    assert.equal(await linuxOnBattery(join(folder, 'not-there')), false);
  });

  it('is said by a Mac', () => {
    const battery =
      "Now drawing from 'Battery Power'\n -InternalBattery-0 (id=1)\t87%; discharging";
    assert.equal(parsePmset(battery), true);
    assert.equal(parsePmset("Now drawing from 'AC Power'\n"), false);
    assert.equal(parsePmset('No batteries'), null);
  });
});
