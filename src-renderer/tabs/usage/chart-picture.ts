import { webLightTheme } from '@fluentui/react-components';
import type { UsageReport } from '../../../src-shared/model/usage.ts';
import { formatDateTime, formatNumber } from '../../base/format.ts';
import { deriveChart, formatTimeTick, type ChartGeometry } from './chart-geometry.ts';

const widthPx = 960;
const headPx = 64;
const chartPx = 280;
const footPx = 40;
/** Sharp in a document that is printed. */
const scale = 2;

/** Always the light colours: a picture is for a document. */
const colours = {
  paper: webLightTheme.colorNeutralBackground1,
  text: webLightTheme.colorNeutralForeground1,
  faint: webLightTheme.colorNeutralForeground3,
  grid: webLightTheme.colorNeutralStroke2,
  peak: webLightTheme.colorBrandForeground1,
  average: webLightTheme.colorPaletteMarigoldForeground2,
  limit: webLightTheme.colorStatusDangerForeground1,
};

interface PictureInput {
  report: UsageReport;
  series: UsageReport['series'][number];
  units: number | null;
}

/** The chart of one licence as a PNG file in base64. */
export function drawUsagePicture({ report, series, units }: PictureInput): string {
  const canvas = document.createElement('canvas');
  canvas.width = widthPx * scale;
  canvas.height = (headPx + chartPx + footPx) * scale;
  const context = canvas.getContext('2d');
  if (!context) throw new Error('No canvas to draw on.');
  const stepMs = report.stepSeconds * 1_000;
  const { peakUnits, averageUnits } = series;
  const fromMs = Date.parse(report.from);
  const chart = deriveChart({
    widthPx,
    heightPx: chartPx,
    fromMs,
    stepMs,
    peakUnits,
    averageUnits,
    units,
  });
  context.scale(scale, scale);
  context.fillStyle = colours.paper;
  context.fillRect(0, 0, widthPx, headPx + chartPx + footPx);
  write(context, `${series.feature}: seats in use`, 16, 28, colours.text, '600 18px');
  const range = `${formatDateTime(fromMs)} to ${formatDateTime(Date.parse(report.to))}`;
  write(context, range, 16, 50, colours.faint);
  context.translate(0, headPx);
  drawChart(context, chart, stepMs * peakUnits.length);
  drawLegend(context, units, chart.limitY !== null);
  return canvas.toDataURL('image/png').replace('data:image/png;base64,', '');
}

function drawChart(context: CanvasRenderingContext2D, chart: ChartGeometry, spanMs: number): void {
  context.textAlign = 'right';
  for (const { at, value } of chart.seatTicks) {
    line(context, chart.left, at, chart.right, at, colours.grid, 1);
    write(context, formatNumber(value), chart.left - 8, at + 4, colours.faint);
  }
  context.textAlign = 'center';
  for (const { at, value } of chart.timeTicks) {
    line(context, at, chart.bottom, at, chart.bottom + 5, colours.grid, 1);
    write(context, formatTimeTick(value, spanMs), at, chart.bottom + 20, colours.faint);
  }
  context.textAlign = 'left';
  context.globalAlpha = 0.18;
  context.fillStyle = colours.peak;
  context.fill(new Path2D(chart.peakArea));
  context.globalAlpha = 1;
  stroke(context, new Path2D(chart.peakLine), colours.peak, 1.5);
  context.setLineDash([2, 3]);
  stroke(context, new Path2D(chart.averageLine), colours.average, 2);
  context.setLineDash([8, 4]);
  if (chart.limitY !== null) {
    line(context, chart.left, chart.limitY, chart.right, chart.limitY, colours.limit, 1.5);
  }
  context.setLineDash([]);
}

function drawLegend(
  context: CanvasRenderingContext2D,
  units: number | null,
  limitShown: boolean,
): void {
  const y = chartPx + 20;
  line(context, 16, y - 4, 40, y - 4, colours.peak, 2);
  write(context, 'Peak', 48, y, colours.text);
  context.setLineDash([2, 3]);
  line(context, 100, y - 4, 124, y - 4, colours.average, 2);
  write(context, 'Average', 132, y, colours.text);
  context.setLineDash([8, 4]);
  if (limitShown) line(context, 210, y - 4, 234, y - 4, colours.limit, 2);
  context.setLineDash([]);
  if (units !== null) {
    write(context, `${formatNumber(units)} seats in all`, limitShown ? 242 : 210, y, colours.text);
  }
}

function write(
  context: CanvasRenderingContext2D,
  text: string,
  x: number,
  y: number,
  colour: string,
  font = '12px',
): void {
  context.font = `${font} ${webLightTheme.fontFamilyBase}`;
  context.fillStyle = colour;
  context.fillText(text, x, y);
}

function line(
  context: CanvasRenderingContext2D,
  x1: number,
  y1: number,
  x2: number,
  y2: number,
  colour: string,
  width: number,
): void {
  const path = new Path2D();
  path.moveTo(x1, y1);
  path.lineTo(x2, y2);
  stroke(context, path, colour, width);
}

function stroke(
  context: CanvasRenderingContext2D,
  path: Path2D,
  colour: string,
  width: number,
): void {
  context.strokeStyle = colour;
  context.lineWidth = width;
  context.stroke(path);
}
