import type { PinnedServers, TrustVerdict } from './client-ports.ts';

export interface TrustQuestion {
  target: string;
  /** The key that the server showed. */
  fingerprint: string;
  /** Fingerprints of the configuration; empty: trust on first use. */
  accepted: readonly string[];
  /** The ids that trusted servers gave for this address. */
  vouched: readonly string[];
  knownServers: PinnedServers;
  notify: (message: string) => void;
}

/** Servers that are looked at to find out who may answer at an address. */
const followedMax = 32;

/**
 * Whether a server is the one that it should be, or one that this one has named as keeping the same
 * leases: a name or an address that is moved within a relationship leads to such a one. Remembers a
 * server that is met for the first time.
 */
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
  const expected = known.type === 'known' ? [known.fingerprint] : vouched;
  if (expected.length > 0 && !expected.includes(fingerprint)) {
    if (await isNamed(fingerprint, expected, knownServers)) return { trusted: true };
    return {
      trusted: false,
      message:
        `The key of ${target} has changed: it was ${expected.join(' or ')}, now it is ` +
        `${fingerprint}, which no server that was known there has named. Nothing ` +
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

/** Whether one of these servers, or one that they have named, has named this key. */
async function isNamed(
  fingerprint: string,
  trusted: readonly string[],
  { namedBy }: Pick<PinnedServers, 'namedBy'>,
): Promise<boolean> {
  const followed = new Set(trusted);
  // What is added on the way is followed as well.
  for (const id of followed) {
    const named = await namedBy(id);
    if (named.includes(fingerprint)) return true;
    for (const other of named) if (followed.size < followedMax) followed.add(other);
  }
  return false;
}
