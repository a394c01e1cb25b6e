import { Readable } from 'node:stream';
import { isDeepStrictEqual } from 'node:util';
import { unchangedLine, watchPaces, type WatchPace } from '../../../src-shared/contract/admin.ts';
import type { NodeSnapshot } from '../../../src-shared/model/node-snapshot.ts';
import type { AdminService } from './admin-service.ts';

export interface WatchOptions {
  /** The watcher takes `unchangedLine` in the place of a snapshot that would tell it nothing new. */
  takesUnchanged: boolean;
  pace: WatchPace;
}

/**
 * Snapshots as newline-delimited JSON: one at once, one after every change, at the pace that the watcher
 * wants. Nothing is built while the reader is behind; when it catches up it gets the newest snapshot and
 * never an old one.
 */
export function openWatchStream(
  service: Pick<AdminService, 'snapshot' | 'onChange'>,
  { takesUnchanged, pace }: WatchOptions,
): Readable {
  const { heardEveryMs, snapshotEvery, changesEveryMs } = watchPaces[pace];
  let wanted = false;
  let due: 'snapshot' | 'sign' | null = 'snapshot';
  let sent: NodeSnapshot | null = null;
  let sentAtMs = -Infinity;
  let beats = 0;
  let later: NodeJS.Timeout | undefined;
  const send = () => {
    if (!wanted || !due) return;
    const snapshot = service.snapshot();
    const same =
      due === 'sign' && sent !== null && isDeepStrictEqual(essenceOf(snapshot), essenceOf(sent));
    if (!same) sentAtMs = performance.now();
    sent = snapshot;
    due = null;
    wanted = stream.push(`${same ? unchangedLine : JSON.stringify(snapshot)}\n`);
  };
  const note = () => {
    due = 'snapshot';
    send();
  };
  const noteChange = () => {
    const waitMs = sentAtMs + changesEveryMs - performance.now();
    if (waitMs <= 0) return note();
    later ??= setTimeout(() => {
      later = undefined;
      note();
    }, waitMs);
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
      clearTimeout(later);
      endSubscription();
      callback(error);
    },
  });
  const timer = setInterval(beat, heardEveryMs);
  const endSubscription = service.onChange(noteChange);
  return stream;
}

/**
 * A snapshot without what is another one at every look: the time, and what is measured or counted down
 * all the time.
 */
function essenceOf({ at: _, ...snapshot }: NodeSnapshot): object {
  const { server, servers, relationships, invitation } = snapshot;
  return {
    ...snapshot,
    server: { ...server, uptimeSeconds: 0 },
    // A new one is a change of its own.
    invitation: invitation && { ...invitation, expiresAt: '' },
    servers: servers.map((row) => ({ ...row, roundTripMs: 0, clockDifferenceMs: 0 })),
    // The first of the others.
    relationship: null,
    relationships: relationships.map((relationship) => ({
      ...relationship,
      members: relationship.members.map((member) => ({ ...member, clockDifferenceMs: 0 })),
    })),
  };
}
