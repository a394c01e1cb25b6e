import { useSyncExternalStore } from 'react';

/** In place of an id: the way to one more relationship. */
export const oneMore = 'one more';

let chosen: string | null = null;
const listeners = new Set<() => void>();

/** Which of several relationships the Failover tab is about; kept while other tabs are shown. */
export function showRelationship(id: string | null): void {
  chosen = id;
  for (const listener of listeners) listener();
}

function listen(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Null: none was chosen. */
export function useShownRelationship(): string | null {
  return useSyncExternalStore(listen, () => chosen);
}
