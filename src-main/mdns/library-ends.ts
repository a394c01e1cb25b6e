import type { Bonjour } from 'bonjour-service';

// Where the library does not end by itself, or ends the process.

/** Only `server` is private in the library's types; an error of its socket would be thrown else. */
export function listenForErrors(bonjour: Bonjour, onFault: (error: unknown) => void): void {
  const { mdns } = (bonjour as unknown as { server: { mdns: NodeJS.EventEmitter } }).server;
  mdns.on('error', onFault);
  mdns.on('warning', onFault);
}

/** Calls back by the library are waited for this long at most: one that has no socket never does. */
export function withinTime(timeoutMs: number, work: (done: () => void) => void): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, timeoutMs);
    work(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}
