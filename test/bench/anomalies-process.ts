import { AnomalyDetector, UNUSUAL } from '../../agent/monitor/forecast/anomaly';
import { loadNab } from './nab/load';
import { nabScore, probation, type LabelledSeries } from './nab/score';

const DAY_MS = 24 * 3_600_000;

/** Days that a series covers. */
function daysOf({ times }: LabelledSeries): number {
  const at = (time = ''): number => Date.parse(`${time.replace(' ', 'T')}Z`);
  return (at(times.at(-1)) - at(times[0])) / DAY_MS;
}

/** Detections outside of any window, without those of the probation. */
function falseAlarms(series: LabelledSeries, anomalies: readonly number[]): number {
  const from = probation(series.times.length);
  return anomalies.filter((anomaly, at) => {
    const time = series.times[at] ?? '';
    const isInWindow = series.windows.some(([first, last]) => time >= first && time <= last);
    return at >= from && anomaly >= UNUSUAL && !isInWindow;
  }).length;
}

/** Runs the agent's detector over the series in a folder, and prints what came out as JSON. */
async function main(folder: string): Promise<void> {
  const all = await loadNab(folder);
  const samples = all.reduce((sum, { values }) => sum + values.length, 0);
  const started = performance.now();
  const anomalies = all.map(({ values }) => {
    const detector = new AnomalyDetector();
    return values.map((value) => detector.add(value));
  });
  const micros = (1_000 * (performance.now() - started)) / samples;
  const days = all.reduce((sum, series) => sum + daysOf(series), 0);
  const wrong = all.reduce((sum, series, at) => sum + falseAlarms(series, anomalies[at] ?? []), 0);
  const result = {
    ...nabScore(all, anomalies),
    series: all.length,
    samples,
    falseAlarmsADay: wrong / days,
    microsASample: micros,
  };
  process.stdout.write(`${JSON.stringify(result)}\n`);
}

main(process.argv[2] ?? '').catch((error: unknown) => {
  process.stderr.write(`${String(error)}\n`);
  process.exitCode = 1;
});
