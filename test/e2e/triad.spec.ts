import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { withThreeServers } from './support/three-servers.ts';
import { expect, test } from './support/understudy.ts';

// A real application and two servers without a window: a triad is set up in the window, loses a member,
// and gets another order there.

const folder = 'test-results/screenshots';

test('a triad is set up in the window, loses a member, and gets another order', async ({
  launch,
}) => {
  test.setTimeout(240_000);
  await mkdir(folder, { recursive: true });
  await withThreeServers(
    launch,
    [{ id: 'acme-cad', feature: 'cad', redundancy: 'triad' }],
    async ({ main, a, c }) => {
      await a.goTo('Failover');
      await a.page.getByRole('radio', { name: /^Triad/ }).check();
      const wizard = a.page.getByRole('region', { name: 'Set up a triad', exact: true });
      await a.page.screenshot({ path: join(folder, 'triad-kind.png') });
      for (let step = 0; step < 2; step++) {
        await wizard.getByRole('button', { name: 'Next' }).click();
      }
      await expect(wizard).toContainText('Nothing is missing.');
      await expect(wizard).toContainText('1 of 1 licence would be covered');
      await wizard.getByRole('button', { name: 'Set up the triad' }).click();
      await expect(a.page.getByText('The triad is set up.')).toBeVisible({ timeout: 60_000 });
      await main.admin('relationship.set', { settings: { takeoverAfterMs: 60_000 } });
      await expect(a.failover.picture).toHaveAccessibleName(
        /^Primary SRV-A: serving; Secondary .*: ready to take over; Tertiary .*: ready to take over/,
      );
      await a.page.screenshot({ path: join(folder, 'triad-set-up.png'), fullPage: true });

      await c.kill();
      await expect(a.failover.picture).toHaveAccessibleName(/SRV-C: not connected/);
      await a.page.screenshot({ path: join(folder, 'triad-degraded.png') });
      await a.goTo('Overview');
      await expect(a.page.getByText(/two points of failure/).first()).toBeVisible();
      await c.start();
      await a.goTo('Failover');
      await expect(a.failover.picture).toHaveAccessibleName(/SRV-C: ready to take over/);

      await a.failover.details.getByRole('button', { name: 'Change servers …' }).click();
      const { dialog } = a.failover;
      await dialog.getByRole('radio', { name: /^Change the order/ }).check();
      await dialog.getByRole('button', { name: 'SRV-C earlier' }).click();
      await a.page.screenshot({ path: join(folder, 'triad-order.png') });
      await dialog.getByRole('button', { name: 'Apply' }).click();
      await expect(dialog).toBeHidden({ timeout: 30_000 });
      await expect(a.failover.picture).toHaveAccessibleName(/Secondary SRV-C: .*Tertiary SRV-B: /);
    },
  );
});
