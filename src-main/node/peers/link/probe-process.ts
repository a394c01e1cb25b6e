import type { PeerTimings } from './peer-limits.ts';
import { knock } from './peer-dial.ts';

/** Tries to find out whether a process is gone, before it is left to the usual connecting. */
const probesMax = 5;

export interface ProbedLink {
  /** There is a link again, or none is wanted. */
  isSettled: () => boolean;
  /** Tries to make the link, at a port that is open. */
  call: () => Promise<void>;
}

/**
 * What became of a process that closed its link. `refused` and `unanswered`: it is gone. One that is being
 * killed may lose its connections before its port, so an open port is called at and asked again.
 */
export async function probeProcess(
  address: string,
  { goneUnansweredMs, goneRetryMs }: Pick<PeerTimings, 'goneUnansweredMs' | 'goneRetryMs'>,
  { isSettled, call }: ProbedLink,
): Promise<'settled' | 'refused' | 'unanswered' | 'unreachable' | 'unclear'> {
  let refusals = 0;
  for (let tries = 0; tries < probesMax; tries++) {
    if (tries > 0) await new Promise((resolve) => setTimeout(resolve, goneRetryMs));
    if (isSettled()) return 'settled';
    const result = await knock(address, goneUnansweredMs);
    if (isSettled()) return 'settled';
    switch (result) {
      case 'unanswered':
      case 'unreachable':
        return result;
      case 'refused':
        refusals += 1;
        if (refusals === 2) return 'refused';
        break;
      case 'open':
        refusals = 0;
        await call();
    }
  }
  return 'unclear';
}
