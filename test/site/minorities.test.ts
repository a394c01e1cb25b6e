import { randomInt } from 'node:crypto';
import { describe, it } from 'vitest';
import { mayServeApart, minorityFaults, outlive } from '../cluster/minority-faults.ts';
import { startPoolSite, startTriadSite } from '../cluster/site.ts';
import { missingNetwork, type SiteServer } from '../cluster/site-servers.ts';
import { SeededRandom } from '../support/seeded-random.ts';
import { skipFor } from '../support/skip.ts';

/** Timing as it is unless set: five processes share the processor with others. */
const settings = { heartbeatMs: 250, takeoverAfterMs: 3_000, syncTimeoutMs: 5_000 };

const seatTtlSeconds = 30;

/** Few of five members: with the leader and without it, by chance and one of each. */
function someOfFive(members: readonly SiteServer[], random: SeededRandom): SiteServer[][] {
  const [leader, ...followers] = members;
  const pick = () => followers[random.between(0, followers.length - 1)];
  const [one, other] = [pick(), pick()];
  if (!leader || !one || !other) throw new Error('a pool has members');
  return [[leader, one], [leader], one === other ? [one] : [one, other]];
}

describe('a triad under load', skipFor(missingNetwork), () => {
  for (const fault of minorityFaults) {
    it(`goes on when any one of it is ${fault.name}`, skipFor(fault.missing), async () => {
      const site = await startTriadSite({ seatTtlSeconds, settings });
      await site.startLoad();
      for (const server of site.members) await outlive(site, fault, [server]);
      await site.verify();
    });
  }
});

describe('a pool of five under load', skipFor(missingNetwork), () => {
  for (const fault of minorityFaults) {
    it(`goes on when one or two of it are ${fault.name}`, skipFor(fault.missing), async () => {
      const seed = randomInt(2 ** 32);
      console.log(`seed ${seed}`);
      const site = await startPoolSite({ seatTtlSeconds, settings });
      await mayServeApart(site);
      await site.startLoad();
      const random = new SeededRandom(seed);
      for (const few of someOfFive(site.members, random)) await outlive(site, fault, few);
      await site.verify();
    });
  }
});
