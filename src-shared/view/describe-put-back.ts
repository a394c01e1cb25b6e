import { dayMs } from '../model/time-units.ts';
import { formatSecond } from './describe-date.ts';

const getsFromOthers =
  'It gets what the other servers have. That is kept; but where a majority decides, and so many servers were put ' +
  'back, or went on without what they had lost, that they decide without the rest, what the rest has beyond that ' +
  'is dropped, and the timeline says what it was.';

/** A directory was put back; `isWiped`: it knows of no start but the present one. */
export function describePutBack(name: string, isWiped: boolean): string {
  const what = isWiped
    ? `${name} knows of none of its former starts: its data directory was emptied, a backup was restored there, ` +
      'or a part of it was put back alone.'
    : `${name} was put back from an earlier state, by a backup or a snapshot: it does not know that it ` +
      'was started since.';
  return `${what} ${getsFromOthers}`;
}

/** The same of this server, as another one says, which knows of a later start. */
export function describeOwnPutBack(by: string): string {
  return (
    'The data directory of this server was put back from an earlier state, by a backup or a snapshot: ' +
    `${by} knows of a later start. What only this server had since then is lost. ${getsFromOthers}`
  );
}

/** A backup was restored here; `at`: when it was written, as an instant. */
export function describeRestored(at: string): string {
  return (
    `A backup of this server was restored, which was written on ${formatSecond(Date.parse(at))}. ` +
    `What only this server had since then is lost. ${getsFromOthers}`
  );
}

/** A part of the data directory was put back alone. */
export const describePartPutBack =
  'The ledger of this server and its list of starts are not of one time: one of the two files was put ' +
  `back alone, or was damaged. This server goes by the ledger. What only ` +
  `this server had since then is lost. ${getsFromOthers}`;

/** An admin is told of it for so long. */
const toldMs = dayMs;

/** `at`: when a directory was last found to have been put back; null: never. */
export function countsAsPutBack(at: string | null, nowMs: number): boolean {
  return at !== null && Math.abs(nowMs - Date.parse(at)) <= toldMs;
}
