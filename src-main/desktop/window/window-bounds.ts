import type { DesktopSettings } from '../../../src-shared/model/desktop-settings.ts';

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
  if (x !== undefined && y !== undefined) {
    for (const area of workAreas) {
      const bounds = { x, y, ...fitSize(remembered, area) };
      if (isGraspable(area, bounds)) return bounds;
    }
  }
  const { width, height } = fitSize(remembered, primary);
  return {
    x: Math.round(primary.x + (primary.width - width) / 2),
    y: Math.round(primary.y + (primary.height - height) / 2),
    width,
    height,
  };
}

function fitSize(wanted: Pick<Rectangle, 'width' | 'height'>, area: Rectangle) {
  return {
    width: clamp(wanted.width, windowSizeMin.width, area.width),
    height: clamp(wanted.height, windowSizeMin.height, area.height),
  };
}

function isGraspable(area: Rectangle, { x, y, width }: Rectangle): boolean {
  const overlap = Math.min(area.x + area.width, x + width) - Math.max(area.x, x);
  return (
    overlap >= graspablePixels && y >= area.y && y <= area.y + area.height - graspablePixels / 2
  );
}

/** The lower bound wins where they contradict, as on a display smaller than the least window. */
function clamp(value: number, min: number, max: number): number {
  return Math.max(min, Math.min(value, max));
}
