import { formatPairs } from '../../src-main/cli/text/table.ts';
import { makeVendor } from '../support/licenses.ts';
import type { LicenseServer } from '../support/license-server.ts';
import { isInSync, makeRelationship } from '../support/pair.ts';
import type { DemoOptions } from './demo.ts';
import { type DemoSite, runStory } from './demo-site.ts';

type Five = [LicenseServer, LicenseServer, LicenseServer, LicenseServer, LicenseServer];

/** Who needs a licence with the majority rule, and who one without it. */
const strictUsers = ['Anna', 'Ben', 'Chloe'];
const freeUsers = ['David', 'Emil', 'Frida'];

/** Time in sync after which the first server takes over again; 10 s where nobody sets it. */
const reclaimAfterMs = 3_000;

/** Shows how a pool of five servers loses members one after the other. */
export function runPoolDemo(options: DemoOptions): Promise<string[]> {
  return runStory(options, ['lic-1', 'lic-2', 'lic-3', 'lic-4', 'lic-5'], tellPool);
}

async function tellPool(site: DemoSite): Promise<void> {
  const { screen } = site;
  const [first, second, third, fourth] = site.servers as Five;
  screen.text('A pool of five licence servers on this machine, in order of preference.');
  await setUp(site);
  screen.title('What happens');
  await site.takeSeats(strictUsers, 'render');
  await site.takeSeats(freeUsers, 'editor');
  const killedMs = await site.kill(first);
  screen.countFrom(killedMs);
  await site.renewed(killedMs, second);
  screen.event(`${second.name} is next and serves: every client has renewed its seat there.`);
  const againMs = await site.kill(second);
  await site.renewed(againMs, third);
  screen.event(`${third.name} serves: every client has renewed its seat there.`);

  await site.kill(fourth);
  await site.until('nobody serves what needs a majority', async () => {
    const ledgers = await third.sharedLedgers();
    return ledgers.some(({ rule, active }) => rule === 'majority' && active === null);
  });
  await site.renewed(performance.now(), third, 'editor');
  site.noteLost();
  screen.event(
    'Two of five are left: no majority. Seats of "render" wait; "editor" is renewed on.',
  );
  const startedMs = performance.now();
  await fourth.start();
  await site.renewed(startedMs);
  screen.event(`${fourth.name} is started again, and every client has renewed its seat.`);

  await Promise.all([first.start(), second.start()]);
  await site.until('the first serves again', async () => {
    const ledgers = await first.sharedLedgers();
    return ledgers.length === 2 && ledgers.every(({ active }) => active === first.id);
  });
  await site.renewed(performance.now(), first);
  screen.event(`${first.name} and ${second.name} are back, and ${first.name} serves again.`);
  await site.until('everybody is in sync', () => isInSync(first));
}

async function setUp(site: DemoSite): Promise<void> {
  const { servers, screen } = site;
  const [first] = servers as Five;
  screen.title('Setting up');
  await site.start();
  const strict = { id: 'render', feature: 'render', units: strictUsers.length };
  const free = { id: 'editor', feature: 'editor', units: freeUsers.length };
  await first.install(
    await makeVendor(),
    { ...strict, redundancy: 'pool', majorityRule: true },
    { ...free, redundancy: 'pool' },
  );
  const plan = { kind: 'pool', name: 'demo', servers: servers.map(({ id }) => id) } as const;
  await makeRelationship(servers, { ...plan, servers: [...plan.servers] }, { reclaimAfterMs });
  screen.block(
    formatPairs([
      ...servers.map(({ name, port }): [string, string] => [name, `127.0.0.1:${port}`]),
      ['Licences', 'render, only while a majority is there; editor, by any server that is left'],
    ]),
  );
}
