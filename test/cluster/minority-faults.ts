import { expect } from 'vitest';
import type { LedgerStatus } from '../../src-shared/model/node-snapshot.ts';
import { whyNoFirewall } from '../support/network.ts';
import { waitFor } from '../support/wait-for.ts';
import type { Site } from './site.ts';
import type { SiteServer } from './site-servers.ts';

/** Clients of a load ask several times in this. */
const answeredMs = 200;

/** What happens to a few servers of a site, and how it ends. */
export interface MinorityFault {
  name: string;
  /** Why it cannot be made on this machine; null when it can. */
  missing: string | null;
  begin(few: readonly SiteServer[], others: readonly SiteServer[]): Promise<void> | void;
  end(few: readonly SiteServer[], others: readonly SiteServer[]): Promise<void> | void;
}

const networksOf = (servers: readonly SiteServer[]) => servers.map(({ network }) => network);

export const killed: MinorityFault = {
  ...{ name: 'killed', missing: null },
  begin: async (few) => void (await Promise.all(few.map((server) => server.kill()))),
  end: async (few) => void (await Promise.all(few.map((server) => server.start()))),
};

export const unplugged: MinorityFault = {
  ...{ name: 'cut off', missing: null },
  begin: (few) => networksOf(few).forEach((network) => network.cut()),
  end: (few) => networksOf(few).forEach((network) => network.rejoin()),
};

export const frozen: MinorityFault = {
  ...{ name: 'frozen', missing: null },
  begin: (few) => few.forEach((server) => server.freeze()),
  end: (few) => few.forEach((server) => server.thaw()),
};

export const reset: MinorityFault = {
  ...{ name: 'reset by a firewall', missing: whyNoFirewall() },
  begin: (few, others) =>
    networksOf(few).forEach((network) => network.refuse(...networksOf(others))),
  end: (few) => networksOf(few).forEach((network) => network.acceptAll()),
};

export const mute: MinorityFault = {
  ...{ name: 'not heard by the others', missing: null },
  begin: (few, others) =>
    networksOf(few).forEach((network) => network.muteTo(...networksOf(others))),
  end: (few, others) =>
    networksOf(few).forEach((network) => network.unmuteTo(...networksOf(others))),
};

export const deaf: MinorityFault = {
  ...{ name: 'unable to hear the others', missing: null },
  begin: (few, others) =>
    networksOf(others).forEach((network) => network.muteTo(...networksOf(few))),
  end: (few, others) =>
    networksOf(others).forEach((network) => network.unmuteTo(...networksOf(few))),
};

export const minorityFaults: readonly MinorityFault[] = [
  killed,
  unplugged,
  frozen,
  reset,
  mute,
  deaf,
];

/**
 * Something happens to a few members of a site under load, which goes on with the others: the first of
 * them serves what needs a majority. If that one served before, nobody takes over. Resolves when all is
 * mended.
 */
export async function outlive(
  site: Site,
  fault: MinorityFault,
  few: readonly SiteServer[],
): Promise<void> {
  const others = site.members.filter((server) => !few.includes(server));
  const [next] = others;
  if (!next) throw new Error('somebody must be left');
  const ledger = await needingMajority(next);
  const beganMs = performance.now();
  await fault.begin(few, others);
  await waitFor(`${next.name} serves without ${few.map(({ name }) => name).join()}`, async () => {
    const ledgers = await next.sharedLedgers();
    const found = ledgers.find(({ id }) => id === ledger.id);
    const isAlone = few.every(({ id }) => found?.synchronised.includes(id) === false);
    return found?.here === 'active' && isAlone;
  });
  await waitFor('and answers clients', () =>
    site.serving.serversSince(performance.now() - answeredMs, ledger.id).has(next.id),
  );
  if (next === site.members[0]) {
    expect(site.serving.serversSince(beganMs, ledger.id)).toEqual(new Set([next.id]));
  }
  await fault.end(few, others);
  await site.settled();
}

/** The ledger of a triad, and of a pool the one of licences that need a majority. */
async function needingMajority(server: SiteServer): Promise<LedgerStatus> {
  const found = (await server.sharedLedgers()).find(({ rule }) => rule === 'majority');
  if (!found) throw new Error('no ledger needs a majority');
  return found;
}

/** Of a pool: cut off from each other, several may serve what needs no majority. */
export async function mayServeApart(site: Site): Promise<void> {
  const ledgers = await site.main.sharedLedgers();
  const free = ledgers.filter(({ rule }) => rule === 'continuity');
  site.serving.apart = new Set(free.map(({ id }) => id));
}
