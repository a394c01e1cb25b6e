import type { IpcAnswer } from '../../../src-shared/contract/ipc.ts';

export interface BulkItem {
  key: string;
  /** What it is called where it was refused. */
  name: string;
  run: () => Promise<IpcAnswer<unknown>>;
}

export interface BulkProgress {
  done: number;
  refused: readonly { item: BulkItem; message: string }[];
  /** Items that were not come to, since somebody stopped it. */
  left: number;
}

/**
 * Runs each item, one after the other, and goes on where one is refused. `stopped` is asked before each; `onProgress`
 * is told after each.
 */
export async function runEach(
  items: readonly BulkItem[],
  { stopped, onProgress }: { stopped: () => boolean; onProgress: (now: BulkProgress) => void },
): Promise<BulkProgress> {
  let progress: BulkProgress = { done: 0, refused: [], left: items.length };
  for (const item of items) {
    if (stopped()) break;
    const answer = await item.run();
    progress = {
      done: progress.done + (answer.ok ? 1 : 0),
      refused: answer.ok
        ? progress.refused
        : [...progress.refused, { item, message: answer.message }],
      left: progress.left - 1,
    };
    onProgress(progress);
  }
  return progress;
}
