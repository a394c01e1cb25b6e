import type { PinnedServers, TrustVerdict } from './client-ports.ts';

export interface TrustQuestion {
  target: string;
  /** The key that the server showed. */
  fingerprint: string;
  /** Fingerprints of the configuration; empty: trust on first use. */
  accepted: readonly string[];
  /** The id that a trusted server gave for this address. */
  vouched: string | undefined;
  knownServers: PinnedServers;
  notify: (message: string) => void;
}

/** Whether a server is the one that it should be. Remembers it when it is met for the first time. */
export async function decideTrust(question: TrustQuestion): Promise<TrustVerdict> {
  const { target, fingerprint, accepted, vouched, knownServers, notify } = question;
  if (accepted.length > 0) {
    if (accepted.includes(fingerprint)) return { trusted: true };
    return {
      trusted: false,
      message:
        `${target} showed the key ${fingerprint}, which is not among the accepted fingerprints. ` +
        'Nothing was sent. If that is your licence server, add this fingerprint to the client ' +
        'configuration.',
    };
  }
  const known = await knownServers.find(target);
  if (known.type === 'unreadable') return { trusted: false, message: known.message };
  const expected = known.type === 'known' ? known.fingerprint : vouched;
  if (expected !== undefined && expected !== fingerprint) {
    return {
      trusted: false,
      message:
        `The key of ${target} has changed: it was ${expected}, now it is ${fingerprint}. Nothing ` +
        'was sent. If the server was installed anew, its admin can confirm the new fingerprint; ' +
        `then ${knownServers.describeRemoval(target)}. If not, somebody may stand in between.`,
    };
  }
  if (known.type === 'unknown') {
    const failure = await knownServers.remember(target, fingerprint);
    notify(`${target} is trusted from now on by its key ${fingerprint}.`);
    if (failure !== null) notify(failure);
  }
  return { trusted: true };
}
