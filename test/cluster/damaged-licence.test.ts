import { describe, expect, it } from 'vitest';
import { editLicenseRows, setUnits } from '../support/edit-ledger.ts';
import type { LicenseServer } from '../support/license-server.ts';
import { makeLicenseFile, makeVendor } from '../support/licenses.ts';
import { isInSync, makeBackup, quickSettings, serves } from '../support/pair.ts';
import { waitFor } from '../support/wait-for.ts';
import { connect, startServer } from './started-server.ts';

async function validityAt(server: LicenseServer): Promise<string | undefined> {
  const { licenses } = await server.call('snapshot', {});
  return licenses[0]?.validity;
}

const five = { units: 5, redundancy: 'backup' } as const;

describe('a licence that was changed in the database of a stopped server', () => {
  it('is not served, is said so, and is whole again when its file is imported', async () => {
    const server = await startServer('Main');
    const vendor = await makeVendor();
    await server.install(vendor, five);
    const held = (await connect(server).checkout('i-1')).body as { lease: { id: string } };
    await server.stop();
    editLicenseRows(server.dataDirectory, setUnits(500));
    await server.start();

    const client = connect(server);
    expect(await client.checkout('i-2')).toMatchObject({
      status: 503,
      body: { code: 'LS_LEADER_NOT_PRESENT', detail: expect.stringContaining('damaged') },
    });
    expect(await client.send('POST', `/v1/leases/${held.lease.id}/renew`)).toMatchObject({
      status: 503,
      body: { code: 'LS_LEADER_NOT_PRESENT', detail: expect.stringContaining('damaged') },
    });
    const { licenses } = await server.call('snapshot', {});
    expect(licenses).toMatchObject([
      {
        id: 'acme-cad',
        units: 5,
        inUse: 1,
        validity: 'damaged',
        damage: expect.stringContaining('signed'),
        servedBy: null,
      },
    ]);
    await waitFor('it is on the timeline', async () => {
      const told = await server.timeline('licenseDamaged');
      return told.length === 1 && told[0]?.severity === 'error';
    });

    const content = await makeLicenseFile(vendor, five);
    await server.call('license.import', { content, fileName: 'again.lic' });
    const answers = [];
    for (let i = 2; i <= 6; i++) answers.push((await client.checkout(`i-${i}`)).status);
    expect(answers).toEqual([201, 201, 201, 201, 409]);
    expect(await client.send('POST', `/v1/leases/${held.lease.id}/renew`)).toMatchObject({
      status: 200,
    });
    await server.stop();
    await server.start();
    expect(await validityAt(server)).toBe('valid');
  });
});

describe('a licence that was changed in the database of one of two servers', () => {
  it.each(['Main', 'Backup'])('is repaired from the other one when it was at %s', async (where) => {
    const main = await startServer('Main');
    const backup = await startServer('Backup');
    await main.install(await makeVendor(), five);
    await makeBackup({ main, backup, settings: quickSettings });
    const changed = where === 'Main' ? main : backup;
    await changed.stop();
    editLicenseRows(changed.dataDirectory, setUnits(7));
    await changed.start();

    await waitFor('it was found', async () => {
      return (await changed.timeline('licenseDamaged')).length === 1;
    });
    await waitFor('it is repaired', async () => (await validityAt(changed)) === 'valid');
    await waitFor('both are in sync', () => isInSync(main));
    await waitFor('that is on the timeline', async () => {
      return (await changed.timeline('licenseRepaired')).length === 1;
    });
    await waitFor('Main serves', () => serves(main, main));

    // What is on its disk is whole too, and it takes over with what the vendor signed.
    await main.kill();
    await backup.kill();
    await changed.start();
    await waitFor('it serves', () => serves(changed, main));
    expect(await validityAt(changed)).toBe('valid');
    const client = connect(changed);
    const answers = [];
    for (let i = 1; i <= 6; i++) answers.push((await client.checkout(`i-${i}`)).status);
    expect(answers).toEqual([201, 201, 201, 201, 201, 409]);
  });
});
