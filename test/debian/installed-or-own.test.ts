import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { whyNoNetwork } from '../support/network.ts';
import { SeatHolder } from '../support/seat-holder.ts';
import { shellBlocks } from '../support/shell-blocks.ts';
import { skipFor } from '../support/skip.ts';
import { waitFor } from '../support/wait-for.ts';
import { Host } from './debian-host.ts';
import { whyNoDebian } from './debian-root.ts';
import { Packages } from './packages.ts';

const missing = whyNoDebian() ?? whyNoNetwork();
const page = 'docs/admin/installed-or-own.md';

let packages: Packages;
beforeAll(async () => {
  if (missing === null) packages = await Packages.make();
});
afterAll(() => packages?.remove());

describe(page, skipFor(missing), () => {
  it('takes licences, leases and identity to the service and back, typed as it is written', async () => {
    const host = await Host.make();
    const { machine } = host;
    await host.install(packages.deb);
    await machine.do('systemctl', 'disable', '--now', 'understudy');
    const own = ['--data-dir', '/home/ada/.config/Understudy'];
    const serveOwn = async () => {
      const asAda = ['--uid=ada', '--gid=ada', '--setenv=HOME=/home/ada'];
      await machine.do('systemd-run', '--quiet', ...asAda, 'understudy', 'serve', ...own);
      await host.untilServing();
    };
    const type = async (account: 'root' | 'ada', block: string) => {
      const as = account === 'root' ? {} : { account };
      const { status, stderr } = await machine.runAs(as, 'sh', '-exc', block);
      expect({ status, stderr: status === 0 ? '' : stderr }).toEqual({ status: 0, stderr: '' });
    };
    const [fromOwn = '', toService = '', fromService = '', toOwn = ''] = shellBlocks(page);

    await serveOwn();
    await host.addLicense(own);
    const servers = [`${host.address}:7470`];
    const holder = new SeatHolder({ instance: 'one', feature: 'cad', servers });
    onTestFinished(() => holder.close());
    await holder.checkOut();
    const { servedBy } = holder;
    const untilRenewed = async () => {
      const nowMs = performance.now();
      return waitFor('the seat is renewed', () => holder.renewedBy(nowMs), 120_000);
    };

    await type('ada', fromOwn);
    await type('root', toService);
    await host.untilServing();
    expect(await host.state('ActiveState')).toBe('active');
    expect(await untilRenewed()).toBe(servedBy);
    await type('root', fromService);
    await type('ada', toOwn);
    await serveOwn();
    expect(await untilRenewed()).toBe(servedBy);
    expect(holder.troubles).toEqual([]);
  });
});
