import type { DesktopSettings } from '../../src-shared/model/desktop-settings.ts';

export interface Rectangle {
  x: number;
  y: number;
  width: number;
  height: number;
}

export const windowSizeMin = { width: 800, height: 560 } as const;

/** So much of the title bar has to be on a display for a window to be caught with the mouse. */
const graspablePixels = 100;

/**
 * Where to open the window: where it was, if that is still on a display (an RDP session may have
 * fewer or smaller ones than the last), else in the middle of the primary one. Never larger than
 * its display.
 */
export function deriveWindowBounds(
  remembered: DesktopSettings['window'],
  workAreas: readonly Rectangle[],
  primary: Rectangle,
): Rectangle {
  const { x, y } = remembered;
  const area =
    x === undefined || y === undefined
      ? undefined
      : workAreas.find((candidate) => isGraspable(candidate, x, y, remembered.width));
  const display = area ?? primary;
  const width = clamp(remembered.width, windowSizeMin.width, display.width);
  const height = clamp(remembered.height, windowSizeMin.height, display.height);
  if (area && x !== undefined && y !== undefined) return { x, y, width, height };
  return {
    x: Math.round(display.x + (display.width - width) / 2),
    y: Math.round(display.y + (display.height - height) / 2),
    width,
    height,
  };
}

function isGraspable(area: Rectangle, x: number, y: number, width: number): boolean {
  const overlap = Math.min(area.x + area.width, x + width) - Math.max(area.x, x);
  return (
    overlap >= graspablePixels && y >= area.y && y <= area.y + area.height - graspablePixels / 2
  );
}

/** The lower bound wins where they contradict, as on a display smaller than the least window. */
function clamp(value: number, min: number, max: number): number {
  return Math.max(min, Math.min(value, max));
}
