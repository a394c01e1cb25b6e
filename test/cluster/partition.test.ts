import { describe, expect, it } from 'vitest';
import { ClientConnection } from '../support/json-request.ts';
import { isInSync, serves } from '../support/pair.ts';
import { skipFor } from '../support/skip.ts';
import { waitFor } from '../support/wait-for.ts';
import { loadUnits, seatUnits, startSite } from './site.ts';
import { missingNetwork, type SiteServer } from './site-servers.ts';

async function checkOutSeat({ network, port }: SiteServer, instance: string) {
  const client = new ClientConnection(port, { host: network.address });
  const { status, body } = await client.checkout(instance, 'seat');
  client.close();
  return { status, code: (body as { code?: string }).code };
}

describe('servers that cannot see each other', skipFor(missingNetwork), () => {
  it('both serve under "available", and nobody loses a seat when they do again', async () => {
    const site = await startSite();
    const { main, backup, account, serving, applications } = site;
    await site.startLoad();
    await site.stopLoad();
    account.overdraftMax = loadUnits;
    serving.apart = true;

    main.network.cutFrom(backup.network);
    await waitFor('the backup serves too', () => serves(backup, main));
    expect(await serves(main, main)).toBe(true);
    const apartMs = performance.now();
    await site.startLoad([main], [backup]);
    const common = applications.length;
    for (let i = common; i < seatUnits - 2; i++) {
      await site.addApplication([main]);
      await site.addApplication([backup]);
    }
    await waitFor('every application was renewed by one or the other', () =>
      applications.every((holder) => holder.renewedBy(apartMs) !== undefined),
    );
    await site.stopLoad();

    main.network.rejoinTo(backup.network);
    await site.settled();
    const over = applications.length - seatUnits;
    expect(over).toBe(4);
    const { overdraft } = (await main.ledgerOf(main)) ?? {};
    expect(overdraft?.units).toBeGreaterThanOrEqual(over);
    const story = await main.timeline('ledgersMerged', 'overdraftBegan');
    // A token of a client can tell of the overdraft before the merge does.
    expect(story.map(({ kind }) => kind).sort()).toEqual(['ledgersMerged', 'overdraftBegan']);
    expect(await checkOutSeat(main, 'one-more')).toEqual({
      status: 409,
      code: 'LS_INSUFFICIENTUNITS',
    });

    // It is worked off by those who give their seats back, and by nobody else.
    account.overdraftMax = 0;
    serving.apart = false;
    await site.startLoad();
    for (const holder of applications.splice(seatUnits - 1)) await holder.giveBack();
    await expect
      .poll(async () => (await main.ledgerOf(main))?.overdraft, { timeout: 10_000 })
      .toBeNull();
    expect(await main.timeline('overdraftEnded')).toHaveLength(1);
    await site.verify();
  });

  it('do not both serve under "strict": the one without the witness refuses', async () => {
    const site = await startSite({ witness: true });
    const { main, backup, witness } = site;
    if (!witness) throw new Error('there is no witness');
    await site.startLoad();

    const cutMs = performance.now();
    main.network.cutFrom(backup.network, witness.network);
    const gapMs = await site.firstAnswer(backup, cutMs);
    console.log(`from the cut to the first answer of the backup: ${Math.round(gapMs)} ms`);
    await expect
      .poll(() => checkOutSeat(main, 'at-the-minority'), { timeout: 10_000 })
      .toEqual({ status: 503, code: 'LS_MAJORITY_RULE_FAILURE' });
    await site.allRenewedBy(backup, cutMs);
    main.network.rejoinTo(backup.network, witness.network);
    await site.settled();

    // The other way round: main goes on with the witness.
    await waitFor('the backup is in sync', () => isInSync(main));
    const backupCutMs = performance.now();
    backup.network.cutFrom(main.network, witness.network);
    await expect
      .poll(() => checkOutSeat(backup, 'at-the-minority'), { timeout: 10_000 })
      .toEqual({ status: 503, code: 'LS_MAJORITY_RULE_FAILURE' });
    await site.allRenewedBy(main, performance.now());
    expect(site.serving.serversSince(backupCutMs)).toEqual(new Set([main.id]));
    backup.network.rejoinTo(main.network, witness.network);
    await site.verify();
    expect(await main.timeline('ledgersMerged', 'overdraftBegan')).toEqual([]);
  });
});
