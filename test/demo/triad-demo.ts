import { formatPairs } from '../../src-main/cli/text/table.ts';
import { makeVendor } from '../support/licenses.ts';
import type { LicenseServer } from '../support/license-server.ts';
import { isInSync, makeRelationship, serves } from '../support/pair.ts';
import { waitFor } from '../support/wait-for.ts';
import type { DemoOptions } from './demo.ts';
import { type DemoSite, runStory } from './demo-site.ts';

type Three = [LicenseServer, LicenseServer, LicenseServer];

const users = ['Anna', 'Ben', 'Chloe', 'David', 'Emil'];

/** Time in sync after which the primary takes over again; 10 s where nobody sets it. */
const reclaimAfterMs = 3_000;

/** Shows how three servers lose members one after the other. */
export function runTriadDemo(options: DemoOptions): Promise<string[]> {
  return runStory(options, ['lic-primary', 'lic-secondary', 'lic-tertiary'], tellTriad);
}

async function tellTriad(site: DemoSite): Promise<void> {
  const { screen } = site;
  const [primary, secondary, tertiary] = site.servers as Three;
  screen.text('Three licence servers on this machine. Any two of them go on serving.');
  await setUp(site);
  screen.title('What happens');
  await site.takeSeats(users, 'editor');
  const killedMs = await site.kill(primary);
  screen.countFrom(killedMs);
  await site.renewed(killedMs, secondary);
  screen.event(`${secondary.name} serves: every client has renewed its seat there.`);
  const sentence = await waitFor('the secondary says that no other one can be spared', async () => {
    const { readiness } = await secondary.call('status', {});
    return readiness.reasons.find(({ code }) => code === 'QUORUM_MARGIN')?.message;
  });
  screen.event(`${secondary.name} says: ${sentence}`);

  await site.kill(tertiary);
  await site.until('nobody is served', async () => {
    return (await secondary.ledgerOf(primary))?.active === null;
  });
  site.noteLost();
  screen.event(`${secondary.name} is alone and serves nobody. The clients keep waiting.`);
  const startedMs = performance.now();
  await tertiary.start();
  await site.renewed(startedMs);
  screen.event(`${tertiary.name} is started again, and every client has renewed its seat.`);

  await primary.start();
  screen.event(`${primary.name} is started again.`);
  await site.until('the primary serves again', () => serves(primary, primary));
  await site.renewed(performance.now(), primary);
  screen.event(`${primary.name} serves again, with all ${users.length} seats.`);
  await site.until('everybody is in sync', () => isInSync(primary));
}

async function setUp(site: DemoSite): Promise<void> {
  const { servers, screen } = site;
  const [primary, secondary, tertiary] = servers as Three;
  screen.title('Setting up');
  await site.start();
  const units = users.length;
  await primary.install(await makeVendor(), { feature: 'editor', units, redundancy: 'triad' });
  const ids = { primary: primary.id, secondary: secondary.id, tertiary: tertiary.id };
  await makeRelationship(servers, { kind: 'triad', ...ids }, { reclaimAfterMs });
  screen.block(
    formatPairs([
      ...servers.map(({ name, port }): [string, string] => [name, `127.0.0.1:${port}`]),
      ['Licence', `editor (${units} seats), which the vendor lets a triad keep`],
    ]),
  );
}
