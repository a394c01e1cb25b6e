import { useEffect, useId, useSyncExternalStore } from 'react';

// Dialogs that keep the rest of the window from being used. Two of them at a time would each hide the
// other, and whichever closes last would leave the window dead: whoever opens one unasked looks here first.

let openIds: ReadonlySet<string> = new Set();
const listeners = new Set<() => void>();

function change(next: ReadonlySet<string>): void {
  openIds = next;
  for (const listener of listeners) listener();
}

function listen(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function isDialogOpen(): boolean {
  return openIds.size > 0;
}

/**
 * Counts the caller as an open dialog while it wants to be open, and says whether it may be: one that `waits` is
 * not open before the others are closed.
 */
export function useOpenDialog(wanted: boolean, waits: boolean): boolean {
  const id = useId();
  const others = useSyncExternalStore(listen, () => [...openIds].some((other) => other !== id));
  const open = wanted && !(waits && others);
  useEffect(() => {
    if (!open) return undefined;
    change(new Set([...openIds, id]));
    return () => change(new Set([...openIds].filter((other) => other !== id)));
  }, [id, open]);
  return open;
}

/** Whether a dialog is open now. */
export function useDialogOpen(): boolean {
  return useSyncExternalStore(listen, isDialogOpen);
}
