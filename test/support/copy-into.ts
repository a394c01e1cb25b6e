import { cpSync, lstatSync } from 'node:fs';

/** Copies what is in a data directory into another one, without its sockets. */
export function copyInto(from: string, to: string): void {
  const filter = (path: string) => !lstatSync(path).isSocket();
  cpSync(from, to, { recursive: true, filter });
}
