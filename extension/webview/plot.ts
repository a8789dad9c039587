import uPlot from 'uplot';
import type { ChartRange, ChartView } from '../health/charts/chart-page';
import { axisRange, figure, summary } from '../health/charts/figures';
import { axisMoment } from './moments';
import { lineColor, lineDash, type PageColors } from './theme';

const HEIGHT = 150;
const MARK = 4;

export interface PlotOptions {
  readonly chart: ChartView;
  readonly range: ChartRange;
  /** Ms since 1970: all charts of the page show the same time. */
  readonly from: number;
  readonly to: number;
  readonly colors: PageColors;
  readonly width: number;
  /** The step that is pointed at, or null. */
  readonly onPoint: (step: number | null) => void;
}

/** Draws a chart. What is unusual has a mark of its own, beside its colour. */
export function plot(into: HTMLElement, options: PlotOptions): uPlot {
  const { chart, range, from, to, colors, width, onPoint } = options;
  const { lines, unit, stepMs } = chart;
  const highest = lines.reduce(
    (most, { values }) => Math.max(most, summary(values).highest ?? 0),
    0,
  );
  const steps = lines[0]?.values.length ?? 0;
  const times = Array.from({ length: steps }, (_, at) => (chart.from + at * stepMs) / 1000);
  const axis = {
    stroke: colors.text,
    grid: { stroke: colors.grid, width: 0.5 },
    ticks: { stroke: colors.grid, width: 1 },
    font: '11px sans-serif',
  };
  return new uPlot(
    {
      width,
      height: HEIGHT,
      legend: { show: false },
      cursor: { sync: { key: 'health' }, drag: { x: false, y: false }, y: false },
      scales: {
        x: { time: true, range: () => [from / 1000, to / 1000] },
        y: { range: () => [...axisRange(unit, highest)] },
      },
      axes: [
        {
          ...axis,
          values: (_, at) => at.map((time) => axisMoment(time * 1000, range)),
          size: 28,
          space: 70,
        },
        { ...axis, values: (_, at) => at.map((value) => figure(value, unit)), size: 70, space: 35 },
      ],
      series: [
        {},
        ...lines.map(({ name, values }, number) => ({
          label: name,
          stroke: lineColor(colors, number),
          width: 2,
          dash: [...lineDash(number)],
          // A line needs two values beside each other: a few are shown as what they are.
          points: { show: values.filter((value) => value !== null).length < 5 },
        })),
      ],
      hooks: {
        draw: [
          (drawn) => {
            drawMarks(drawn, chart, colors);
          },
        ],
        setCursor: [
          ({ cursor }) => {
            onPoint(cursor.idx ?? null);
          },
        ],
      },
    },
    [times, ...lines.map(({ values }) => [...values])],
    into,
  );
}

/** A diamond on each value that was unusual. */
function drawMarks(drawn: uPlot, { lines, from, stepMs }: ChartView, { mark }: PageColors): void {
  const { ctx } = drawn;
  const size = MARK * devicePixelRatio;
  ctx.save();
  ctx.fillStyle = mark;
  for (const { values, unusual } of lines)
    for (const moment of unusual) {
      const at = Math.floor((moment - from) / stepMs);
      const value = values[at];
      if (value === undefined || value === null) continue;
      const x = drawn.valToPos((from + at * stepMs) / 1000, 'x', true);
      const y = drawn.valToPos(value, 'y', true);
      ctx.beginPath();
      ctx.moveTo(x, y - size);
      ctx.lineTo(x + size, y);
      ctx.lineTo(x, y + size);
      ctx.lineTo(x - size, y);
      ctx.closePath();
      ctx.fill();
    }
  ctx.restore();
}
