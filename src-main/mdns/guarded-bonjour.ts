import { Bonjour, type Browser } from 'bonjour-service';
import type { Socket } from 'node:dgram';

// Where the library does not end by itself, or ends the process.

/** Datagrams of all the network that are looked at in a second (`openGuardedSocket`). */
export const datagramsPerSecondMax = 500;

/**
 * The library on a socket that is opened already. `address`: of the interface that it joins and sends by; empty: of
 * every one, where the socket sees to that (`sendEverywhere`).
 */
export function openBonjour(
  socket: Socket,
  address: string,
  onFault: (error: unknown) => void,
): Bonjour {
  const options = {
    socket,
    // Bound to one address, a socket hears no multicast; the interface is for joining and sending.
    bind: '0.0.0.0',
    ...(address === '' ? {} : { interface: address }),
  };
  const bonjour = new Bonjour(options as object, onFault);
  // Only `server` is private in the library's types; an error of its socket would be thrown else.
  const { mdns } = (bonjour as unknown as { server: { mdns: NodeJS.EventEmitter } }).server;
  mdns.on('error', onFault);
  mdns.on('warning', onFault);
  return bonjour;
}

/** Calls back with all that is heard of a service, whether it is new or says something else than before. */
export function onService(browser: Browser, note: (service: unknown) => void): void {
  for (const event of ['up', 'srv-update', 'txt-update'] as const) browser.on(event, note);
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
