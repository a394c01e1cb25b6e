import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { LicenseServer } from '../support/license-server.ts';
import { makeLicenseFile, makeVendor } from '../support/licenses.ts';
import { isInSync, makeRelationship, quickSettings, serves } from '../support/pair.ts';
import { waitFor } from '../support/wait-for.ts';
import { startServer } from './started-server.ts';

type Three = [LicenseServer, LicenseServer, LicenseServer];

const patience = { timeout: 180_000 };

async function startThree(kind: 'triad' | 'pool'): Promise<Three> {
  const servers: Three = [
    await startServer('Alpha'),
    await startServer('Beta'),
    await startServer('Gamma'),
  ];
  const [primary, secondary, tertiary] = servers.map(({ id }) => id) as [string, string, string];
  const plan =
    kind === 'triad'
      ? { kind, primary, secondary, tertiary }
      : { kind, name: 'floor-1', servers: [primary, secondary, tertiary] };
  await makeRelationship(servers, plan, quickSettings);
  return servers;
}

/** Serial and seats of a licence as a server has it; undefined: it has none. */
async function versionAt(server: LicenseServer, id = 'cad'): Promise<string | undefined> {
  const { licenses } = await server.call('snapshot', {});
  const found = licenses.find((license) => license.id === id);
  return found && `serial ${found.serial}, ${found.units} units`;
}

async function allHave(servers: readonly LicenseServer[], version: string): Promise<void> {
  for (const server of servers) {
    await waitFor(`${server.name} has ${version}`, async () => {
      return (await versionAt(server)) === version;
    });
  }
}

/** Puts a file into the licence folder of a server, which need not run. */
function putInFolder({ dataDirectory }: LicenseServer, name: string, content: string): void {
  const folder = join(dataDirectory, 'licenses');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  writeFileSync(join(folder, name), content);
}

describe('a licence file', () => {
  it(
    'given to any member is checked, compared, spread, adopted on return and rolled back',
    patience,
    async () => {
      const [alpha, beta, gamma] = await startThree('triad');
      const vendor = await makeVendor();
      await alpha.call('vendor.trust', { content: vendor.publicFile });
      const make = (serial: number, units: number) =>
        makeLicenseFile(vendor, { id: 'cad', serial, units, redundancy: 'triad' });
      const give = (server: LicenseServer, content: string) =>
        server.call('license.import', { content, fileName: 'cad.lic' });

      await give(gamma, await make(1, 5));
      await allHave([alpha, beta, gamma], 'serial 1, 5 units');

      await gamma.kill();
      const second = await make(2, 8);
      const { changes } = await beta.call('license.diff', { content: second });
      expect(changes).toMatchObject([
        {
          kind: 'replace',
          fields: expect.arrayContaining([{ field: 'units', from: '5', to: '8' }]),
        },
      ]);
      expect(await versionAt(beta)).toBe('serial 1, 5 units');
      await give(beta, second);
      await allHave([alpha, beta], 'serial 2, 8 units');
      // Older ones never win, at whichever member and by whatever way; nor does what was tampered with.
      await expect(give(alpha, await make(1, 50))).rejects.toThrow('LICENSE_SERIAL_OLDER');
      const forged = JSON.parse(await make(9, 50)) as { signature: string };
      const swapped = { ...forged, signature: forged.signature.replace(/^./, 'x') };
      await expect(give(alpha, JSON.stringify(swapped))).rejects.toThrow(
        'LICENSE_SIGNATURE_INVALID',
      );
      putInFolder(gamma, 'old.lic', await make(1, 5));
      await gamma.start();
      await allHave([alpha, beta, gamma], 'serial 2, 8 units');
      await waitFor('Gamma has looked at its folder', async () => {
        const { files } = await gamma.call('license.folder', {});
        return files.find(({ name }) => name === 'old.lic')?.state === 'refused';
      });

      // Put there while it was stopped: newer, so that all get it.
      await gamma.kill();
      putInFolder(gamma, 'new.lic', await make(3, 9));
      await gamma.start();
      await allHave([alpha, beta, gamma], 'serial 3, 9 units');
      await waitFor('the timeline of the primary tells of it', async () => {
        const told = await alpha.timeline('licenseReplaced', 'licenseRefused');
        return (
          told.some(({ message }) => message.includes('was replaced by serial 3')) &&
          told.some(({ message }) => message.includes('old.lic of the licence folder was refused'))
        );
      });

      const { license } = await gamma.call('license.rollback', { id: 'cad' });
      expect(license).toMatchObject({ serial: 2, units: 8 });
      await allHave([alpha, beta, gamma], 'serial 2, 8 units');
      await gamma.stop();
      await gamma.start();
      await waitFor('everybody is in sync', () => isInSync(alpha));
      await waitFor('Alpha serves', () => serves(alpha, alpha));
      await waitFor('Gamma has looked at its folder again', async () => {
        const { files } = await gamma.call('license.folder', {});
        return files.length === 2;
      });
      // What was rolled back stays so: the file in the folder was decided about.
      await allHave([alpha, beta, gamma], 'serial 2, 8 units');
    },
  );

  it(
    'with licences for both ledgers of a pool is taken from the folder of a follower',
    patience,
    async () => {
      const [alpha, beta, gamma] = await startThree('pool');
      const vendor = await makeVendor();
      await alpha.call('vendor.trust', { content: vendor.publicFile });
      const content = await makeLicenseFile(
        vendor,
        { id: 'cad', units: 5, redundancy: 'pool' },
        { id: 'sim', feature: 'sim', units: 4, redundancy: 'pool', majorityRule: true },
      );
      putInFolder(beta, 'both.lic', content);
      await allHave([alpha, beta, gamma], 'serial 1, 5 units');
      for (const server of [alpha, beta, gamma]) {
        await waitFor(
          `${server.name} has both`,
          async () => (await versionAt(server, 'sim')) !== undefined,
        );
      }
    },
  );
});
