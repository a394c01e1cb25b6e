import { useDesktop } from '../../base/snapshot-store.ts';

/** The height of a row and whether rows are low, as the admin wants to see many rows or few. */
export function useRowHeight(roomyPx: number, densePx: number): { px: number; dense: boolean } {
  const dense = useDesktop((desktop) => desktop.denseRows);
  return { px: dense ? densePx : roomyPx, dense };
}
