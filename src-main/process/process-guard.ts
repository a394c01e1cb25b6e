import { formatWithOptions } from 'node:util';
import { say } from '../node/base/say.ts';

/** Says that the server cannot go on. */
export function sayDead(reason: Error): void {
  say(`${reason.message}. The server has to be started again.`);
}

/**
 * Keeps a fault in one request from ending the server: it is noted, and everybody else is served
 * on. Returns the end of it.
 */
export function guardProcess(note: (error: unknown) => void): () => void {
  const onFault = (error: unknown) => {
    say(formatWithOptions({ colors: false }, 'internal error: %o', error));
    note(error);
  };
  // A closed pipe must not be the next fault, for which there is nowhere left to say so.
  const ignore = () => undefined;
  process.on('uncaughtException', onFault);
  process.on('unhandledRejection', onFault);
  process.stdout.on('error', ignore);
  process.stderr.on('error', ignore);
  return () => {
    process.off('uncaughtException', onFault);
    process.off('unhandledRejection', onFault);
    process.stdout.off('error', ignore);
    process.stderr.off('error', ignore);
  };
}
