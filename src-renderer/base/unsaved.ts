import { useEffect, useId, useSyncExternalStore } from 'react';
import { request } from './bridge.ts';

// Forms whose drafts would be lost if what they are in were left now. Whoever leaves it asks `leave`; the
// shell, which asks before it quits, is told of them.

interface Held {
  go: () => void;
  /** The forms whose drafts would be lost. */
  unsaved: readonly string[];
}

const titles = new Map<string, string>();
let held: Held | null = null;
const listeners = new Set<() => void>();

function hold(next: Held | null): void {
  held = next;
  for (const listener of listeners) listener();
}

function tellShell(): void {
  void request('drafts.note', { titles: unsavedTitles() });
}

function unsavedTitles(): string[] {
  return [...new Set(titles.values())];
}

/** While `unsaved`, the place of the caller is not left without asking; `title`: what the form is called. */
export function useUnsaved(title: string, unsaved: boolean): void {
  const id = useId();
  useEffect(() => {
    if (!unsaved) return undefined;
    titles.set(id, title);
    tellShell();
    return () => {
      titles.delete(id);
      tellShell();
    };
  }, [id, title, unsaved]);
}

/** Goes on at once when nothing would be lost, else once the admin has said so. */
export function leave(go: () => void): void {
  if (titles.size === 0) go();
  else hold({ go, unsaved: unsavedTitles() });
}

/** The drafts may be lost. */
export function discardAndLeave(): void {
  const going = held;
  hold(null);
  going?.go();
}

export function stay(): void {
  hold(null);
}

function listen(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** What somebody wants to leave for while drafts would be lost; null: nothing. */
export function useHeldLeave(): Held | null {
  return useSyncExternalStore(listen, () => held);
}
