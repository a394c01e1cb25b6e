import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { makeVendor } from '../support/licenses.ts';
import { withThreeServers } from './support/three-servers.ts';
import { expect, test } from './support/understudy.ts';

// A real application that stands in for two real servers without a window: one fails and returns, then the
// other one is drilled.

const folder = 'test-results/screenshots';

/** A busy machine can make each silent for seconds; who is killed is noticed all the same. */
const settings = { takeoverAfterMs: 30_000, reclaimAfterMs: 1_000, reclaimHoldDownMaxMs: 0 };

test('a server in two relationships shows each of them while one main fails and returns', async ({
  launch,
}) => {
  test.setTimeout(300_000);
  await mkdir(folder, { recursive: true });
  await withThreeServers(launch, [{ id: 'own', feature: 'own' }], async ({ main, a, b, c }) => {
    const { server: hub } = await main.admin('status', {});
    for (const [server, feature] of [
      [b, 'cad'],
      [c, 'pdm'],
    ] as const) {
      await server.install(await makeVendor(server.name), {
        ...{ id: feature, feature, redundancy: 'backup', ttlSeconds: 3_600 },
      });
      const plan = { kind: 'backup', main: server.id, backup: hub.id } as const;
      await expect
        .poll(async () => (await server.call('relationship.check', plan)).missing, {
          timeout: 30_000,
        })
        .toEqual([]);
      await server.call('relationship.create', plan);
      await server.call('relationship.set', { settings });
    }

    await a.goTo('Overview');
    const ofB = a.page.getByRole('region', { name: 'Backup: SRV-A protects SRV-B' });
    const ofC = a.page.getByRole('region', { name: 'Backup: SRV-A protects SRV-C' });
    const calm = { timeout: 60_000 };
    for (const [region, name] of [
      [ofB, 'SRV-B'],
      [ofC, 'SRV-C'],
    ] as const) {
      await expect(region).toContainText('A failover would work now.', calm);
      const picture = region.getByRole('figure');
      await expect(picture).toHaveAccessibleName(new RegExp(`^Main ${name}: serving`));
    }
    const together = a.page.getByRole('region', { name: 'If several servers fail at once' });
    await expect(together).toContainText('SRV-A stands in for');
    await a.page.screenshot({ path: join(folder, 'several-real-calm.png'), fullPage: true });

    await b.kill();
    await expect(ofB.getByRole('figure')).toHaveAccessibleName(
      /^Main SRV-B: not connected; Backup SRV-A: serving/,
      calm,
    );
    await expect(ofC.getByRole('figure')).toHaveAccessibleName(/^Main SRV-C: serving/);
    await expect(ofC).toContainText('A failover would work now.');
    await a.page.screenshot({ path: join(folder, 'several-real-failed.png'), fullPage: true });
    await b.start();
    await expect(ofB).toContainText('A failover would work now.', calm);
    await expect(ofB.getByRole('figure')).toHaveAccessibleName(/^Main SRV-B: serving/, calm);

    await ofC.getByRole('button', { name: 'Drill …' }).click();
    const { dialog } = a.overview;
    await dialog.getByRole('button', { name: 'Start the drill' }).click();
    await expect(dialog.getByRole('heading', { name: 'Drill passed' })).toBeVisible(calm);
    await expect(dialog).toContainText('SRV-C');
    await expect(dialog).not.toContainText('SRV-B');
    await a.page.screenshot({ path: join(folder, 'several-real-drill.png') });
    await a.page.keyboard.press('Escape');

    await a.goTo('Timeline');
    for (const name of ['SRV-B', 'SRV-C']) {
      await expect(a.timeline.server.locator('option', { hasText: name })).toHaveCount(1);
    }
    await a.timeline.search.fill('SRV-B has failed');
    await expect(a.timeline.rows.first()).toContainText('SRV-A is serving');
    await a.page.screenshot({ path: join(folder, 'several-real-timeline.png') });
  });
});
