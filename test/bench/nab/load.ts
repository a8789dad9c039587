import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { LabelledSeries } from './score';

const labels = z.record(z.string(), z.array(z.tuple([z.string(), z.string()])));

/** The series of the benchmark in a folder with `data/` and `labels/`, as NAB's repository has them. */
export async function loadNab(folder: string): Promise<LabelledSeries[]> {
  const text = await readFile(join(folder, 'labels', 'combined_windows.json'), 'utf8');
  const all: LabelledSeries[] = [];
  for (const [name, windows] of Object.entries(labels.parse(JSON.parse(text)))) {
    const rows = (await readFile(join(folder, 'data', name), 'utf8')).trim().split(/\r?\n/);
    const points = rows.slice(1).map((row) => row.split(','));
    all.push({
      name,
      times: points.map(([time = '']) => secondsOf(time)),
      values: points.map(([, value]) => Number(value)),
      windows: windows.map(([from, to]) => [secondsOf(from), secondsOf(to)]),
    });
  }
  return all;
}

/** Some files write fractions of seconds, which are all zero. */
function secondsOf(time: string): string {
  return time.replace(/\.\d+$/, '');
}
