import { dayMs, hourMs } from '../../../src-shared/model/time-units.ts';
import { formatDate, formatTime } from '../../base/format.ts';

export interface ChartInput {
  widthPx: number;
  heightPx: number;
  fromMs: number;
  stepMs: number;
  peakUnits: readonly number[];
  averageUnits: readonly number[];
  /** Seats of the licence; null when it is no longer installed. */
  units: number | null;
}

export interface ChartTick {
  /** Pixels from the left or from the top. */
  at: number;
  value: number;
}

export interface ChartGeometry {
  left: number;
  right: number;
  top: number;
  bottom: number;
  /** Milliseconds since 1970. */
  timeTicks: ChartTick[];
  seatTicks: ChartTick[];
  /** SVG paths. */
  peakArea: string;
  peakLine: string;
  averageLine: string;
  /** Where the number of seats is; null when it is far above what was in use. */
  limitY: number | null;
  /** The step under a horizontal position; always one that exists. */
  stepAt: (x: number) => number;
  /** The middle of a step. */
  xOf: (step: number) => number;
  yOf: (seats: number) => number;
}

const margin = { left: 48, right: 16, top: 12, bottom: 28 };
const seatTicksMax = 5;
const timeTickWidthPx = 96;
/** The limit is drawn when the peak reached this part of it. */
const limitShownFrom = 0.4;

/** Where everything of a usage chart is. `peakUnits` must not be empty. */
export function deriveChart(input: ChartInput): ChartGeometry {
  const { widthPx, heightPx, fromMs, stepMs, peakUnits, averageUnits, units } = input;
  const left = margin.left;
  const right = Math.max(left + 1, widthPx - margin.right);
  const top = margin.top;
  const bottom = Math.max(top + 1, heightPx - margin.bottom);
  const peak = Math.max(1, ...peakUnits);
  const showLimit = units !== null && peak >= units * limitShownFrom;
  const seatStep = niceStep((showLimit ? Math.max(peak, units) : peak) / seatTicksMax);
  const seatsMax = Math.ceil((showLimit ? Math.max(peak, units) : peak) / seatStep) * seatStep;
  const stepWidth = (right - left) / peakUnits.length;

  const yOf = (seats: number) => round(bottom - (seats / seatsMax) * (bottom - top));
  const xOf = (step: number) => round(left + (step + 0.5) * stepWidth);
  const toMs = fromMs + stepMs * peakUnits.length;
  const peakLine = stairs(peakUnits, left, stepWidth, yOf);
  return {
    left,
    right,
    top,
    bottom,
    timeTicks: timeTicks(fromMs, toMs, (right - left) / timeTickWidthPx)
      .map((value) => ({
        value,
        at: round(left + ((value - fromMs) / (toMs - fromMs)) * (right - left)),
      }))
      .filter(({ at }) => at <= right - timeTickWidthPx / 3),
    seatTicks: Array.from({ length: Math.round(seatsMax / seatStep) + 1 }, (_, i) => ({
      value: i * seatStep,
      at: yOf(i * seatStep),
    })),
    peakLine,
    peakArea: `${peakLine}V${bottom}H${left}Z`,
    averageLine: averageUnits
      .map((seats, step) => `${step === 0 ? 'M' : 'L'}${xOf(step)} ${yOf(seats)}`)
      .join(''),
    limitY: showLimit ? yOf(units) : null,
    stepAt: (x) => Math.min(peakUnits.length - 1, Math.max(0, Math.floor((x - left) / stepWidth))),
    xOf,
    yOf,
  };
}

/** A peak holds for its whole step, so its line goes in stairs. */
function stairs(
  values: readonly number[],
  left: number,
  stepWidth: number,
  yOf: (seats: number) => number,
): string {
  return values
    .map((seats, step) => {
      const to = round(left + (step + 1) * stepWidth);
      return step === 0 ? `M${left} ${yOf(seats)}H${to}` : `V${yOf(seats)}H${to}`;
    })
    .join('');
}

/** The smallest of 1, 2, 5, 10, 20, 50 … that is not below `least`. */
export function niceStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(1, least)));
  const factor = [1, 2, 5, 10].find((candidate) => candidate * power >= least) ?? 10;
  return factor * power;
}

/** A tick in words: the time in a span of two days at most, else the date. */
export function formatTimeTick(atMs: number, spanMs: number): string {
  return spanMs <= 2 * dayMs ? formatTime(atMs) : formatDate(atMs);
}

const timeSteps = [1, 3, 6, 12, 24, 48, 168, 336, 720, 2_160, 8_760].map((h) => h * hourMs);

/** Whole hours or days of local time between two instants, at most `countMax` of them. */
export function timeTicks(fromMs: number, toMs: number, countMax: number): number[] {
  const spanMs = toMs - fromMs;
  const stepMs =
    timeSteps.find((step) => spanMs / step <= Math.max(1, countMax)) ?? timeSteps.at(-1) ?? spanMs;
  const midnight = new Date(fromMs);
  midnight.setHours(0, 0, 0, 0);
  const ticks: number[] = [];
  for (let i = 0; ; i++) {
    const tick = addLocal(midnight, i * stepMs);
    if (tick > toMs) return ticks;
    if (tick >= fromMs) ticks.push(tick);
  }
}

/** Adds on the wall clock, so that a day on which the clocks change is a day. */
function addLocal(start: Date, durationMs: number): number {
  const moved = new Date(start);
  moved.setHours(moved.getHours() + durationMs / hourMs);
  return moved.getTime();
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
