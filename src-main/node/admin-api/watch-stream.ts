import { Readable } from 'node:stream';
import { unchangedLine } from '../../../src-shared/contract/admin.ts';
import type { NodeSnapshot } from '../../../src-shared/model/node-snapshot.ts';
import type { AdminService } from './admin-service.ts';

/** A watcher hears from the node at least this often. */
const heardEveryMs = 1_000;
/** Of so many times one is a snapshot, also when nothing has changed that would need one. */
const snapshotEvery = 5;

export interface WatchOptions {
  /** The watcher takes `unchangedLine` in the place of a snapshot that would tell it nothing new. */
  takesUnchanged: boolean;
}

/**
 * Snapshots as newline-delimited JSON: one at once, one after every change. Nothing is built while
 * the reader is behind; when it catches up it gets the newest snapshot and never an old one.
 */
export function openWatchStream(
  service: Pick<AdminService, 'snapshot' | 'onChange'>,
  { takesUnchanged }: WatchOptions,
): Readable {
  let wanted = false;
  let due: 'snapshot' | 'sign' | null = 'snapshot';
  let sent = '';
  let beats = 0;
  const send = () => {
    if (!wanted || !due) return;
    const snapshot = service.snapshot();
    const essence = takesUnchanged ? essenceOf(snapshot) : '';
    const same = due === 'sign' && essence === sent;
    sent = essence;
    due = null;
    wanted = stream.push(`${same ? unchangedLine : JSON.stringify(snapshot)}\n`);
  };
  const note = () => {
    due = 'snapshot';
    send();
  };
  const beat = () => {
    beats += 1;
    if (!takesUnchanged || beats % snapshotEvery === 0) return note();
    due ??= 'sign';
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
  const timer = setInterval(beat, heardEveryMs);
  const endSubscription = service.onChange(note);
  return stream;
}

/** A snapshot without what is another one at every look: the time, and what is measured all the time. */
function essenceOf({ at: _, ...snapshot }: NodeSnapshot): string {
  const { server, servers, relationship } = snapshot;
  return JSON.stringify({
    ...snapshot,
    server: { ...server, uptimeSeconds: 0 },
    servers: servers.map((row) => ({ ...row, roundTripMs: 0, clockDifferenceMs: 0 })),
    relationship: relationship && {
      ...relationship,
      members: relationship.members.map((member) => ({ ...member, clockDifferenceMs: 0 })),
    },
  });
}
