import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { withThreeServers } from './support/three-servers.ts';
import { expect, test } from './support/understudy.ts';

// A real application and two servers without a window: a pool is set up in the window, its members go and
// come, and it gets another order there.

const folder = 'test-results/screenshots';

test('a pool is set up in the window, and shows its members as they go and come', async ({
  launch,
}) => {
  test.setTimeout(300_000);
  await mkdir(folder, { recursive: true });
  await withThreeServers(
    launch,
    [
      { id: 'acme-cad', feature: 'cad', redundancy: 'pool', majorityRule: true } as const,
      { id: 'acme-pdm', feature: 'pdm', redundancy: 'pool' } as const,
    ],
    async ({ main, a, b, c }) => {
      await a.goTo('Failover');
      await a.page.getByRole('radio', { name: /^Pool/ }).check();
      const wizard = a.page.getByRole('region', { name: 'Set up a pool', exact: true });
      await wizard.getByRole('button', { name: 'Next' }).click();
      await wizard.getByLabel('Name of the pool').fill('floor-1');
      const ladder = wizard.getByRole('list', { name: 'Order of the servers' });
      const rungs = ladder.getByRole('listitem');
      await expect(rungs).toHaveText([/SRV-A \(this server\)/, /SRV-[BC]/, /SRV-[BC]/]);
      const isRight = /SRV-B/.test((await rungs.nth(1).textContent()) ?? '');
      // By the keyboard to another order, and by drag back to the one that is wanted.
      await ladder
        .getByRole('button', { name: isRight ? 'SRV-B later' : 'SRV-B earlier' })
        .press('Enter');
      if (isRight) {
        await expect(ladder.getByRole('button', { name: 'SRV-B later' })).toBeFocused();
        await rungs.filter({ hasText: 'SRV-B' }).dragTo(rungs.filter({ hasText: 'SRV-C' }));
      }
      await expect(rungs).toHaveText([/SRV-A/, /SRV-B/, /SRV-C/]);
      await wizard.getByRole('button', { name: 'Leave SRV-C out' }).click();
      await expect(rungs).toHaveText([/SRV-A/, /SRV-B/]);
      await wizard.getByRole('button', { name: 'Add SRV-C' }).click();
      await a.page.screenshot({ path: join(folder, 'pool-servers.png') });
      await wizard.getByRole('button', { name: 'Next' }).click();
      await expect(wizard).toContainText('Nothing is missing.');
      await expect(wizard).toContainText('2 of 2 licences would be covered');
      await wizard.getByRole('button', { name: 'Set up the pool' }).click();
      await expect(a.page.getByText('The pool is set up.')).toBeVisible({ timeout: 60_000 });
      await main.admin('relationship.set', { settings: { takeoverAfterMs: 8_000 } });
      await expect(a.failover.picture).toHaveAccessibleName(
        /^Leader SRV-A: serving; Follower SRV-B: ready to take over; Follower SRV-C: ready to take over/,
      );
      await a.page.screenshot({ path: join(folder, 'pool-set-up.png'), fullPage: true });

      await a.failover.show('Licences covered');
      const order = 'Covered: when SRV-A fails, SRV-B, then SRV-C serve it';
      await expect(
        a.failover.coverage.getByRole('listitem').filter({ hasText: 'cad' }),
      ).toContainText(`${order}, while more than half of the servers reach each other`);
      await expect(
        a.failover.coverage.getByRole('listitem').filter({ hasText: 'pdm' }),
      ).toContainText(order);
      await a.page.screenshot({ path: join(folder, 'pool-covered.png') });
      await a.failover.show('Relationship');

      await b.kill();
      await expect(a.failover.picture).toHaveAccessibleName(/SRV-B: not connected; .*SRV-C: ready/);
      await c.kill();
      await expect(a.failover.picture).toHaveAccessibleName(
        /SRV-B: not connected; .*SRV-C: not conn/,
      );
      // What needs a majority is served by nobody after a silence of that time; the other one goes on.
      await expect
        .poll(
          async () => {
            const { licenses } = await main.admin('license.list', {});
            return licenses
              .map(({ feature, servedBy }) => [feature, servedBy?.name ?? null])
              .sort();
          },
          { timeout: 60_000 },
        )
        .toEqual([
          ['cad', null],
          ['pdm', 'SRV-A'],
        ]);
      await a.page.screenshot({ path: join(folder, 'pool-minority.png'), fullPage: true });
      await Promise.all([b.start(), c.start()]);
      await expect(a.failover.picture).toHaveAccessibleName(
        /^Leader SRV-A: serving; Follower SRV-B: ready to take over; Follower SRV-C: ready to take over/,
        { timeout: 60_000 },
      );

      await a.failover.details.getByRole('button', { name: 'Change servers …' }).click();
      const { dialog } = a.failover;
      await dialog.getByRole('radio', { name: /^Change the order/ }).check();
      await dialog.getByRole('button', { name: 'SRV-C earlier' }).click();
      await dialog.getByRole('button', { name: 'Apply' }).click();
      await expect(dialog).toBeHidden({ timeout: 30_000 });
      await expect(a.failover.picture).toHaveAccessibleName(/Follower SRV-C: .*Follower SRV-B: /);
    },
  );
});
