import { Readable } from 'node:stream';
import type { AdminService } from './admin-service.ts';

/** A watcher hears from the node at least this often. */
const heardEveryMs = 1_000;

/**
 * Snapshots as newline-delimited JSON: one at once, one after every change. Nothing is built while
 * the reader is behind; when it catches up it gets the newest snapshot and never an old one.
 */
export function openWatchStream(service: Pick<AdminService, 'snapshot' | 'onChange'>): Readable {
  let wanted = false;
  let due = true;
  const send = () => {
    if (!wanted || !due) return;
    due = false;
    wanted = stream.push(`${JSON.stringify(service.snapshot())}\n`);
  };
  const note = () => {
    due = true;
    send();
  };
  const stream = new Readable({
    highWaterMark: 1,
    read: () => {
      wanted = true;
      send();
    },
    destroy: (error, callback) => {
      clearInterval(timer);
      endSubscription();
      callback(error);
    },
  });
  const timer = setInterval(note, heardEveryMs);
  const endSubscription = service.onChange(note);
  return stream;
}
