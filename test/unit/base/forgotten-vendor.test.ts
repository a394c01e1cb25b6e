import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { editLicenseRows, writeToLedger } from '../../support/edit-ledger.ts';
import { makeLicenseFile, makeVendor } from '../../support/licenses.ts';
import { startTestNode, type TestNode } from '../../support/node.ts';
import { expectRefused, order, restart } from '../../support/related-nodes.ts';

const id = 'acme-cad';

/** A licence whose former version was signed with a key that is not trusted any longer. */
async function startScene() {
  const node = await startTestNode();
  const old = await makeVendor();
  const fresh = await makeVendor('Acme', old);
  for (const { publicFile } of [old, fresh]) {
    await order(node, 'vendor.trust', { content: publicFile });
  }
  const files = [
    await makeLicenseFile(old, { serial: 1, units: 5 }),
    await makeLicenseFile(fresh, { serial: 2, units: 6 }),
  ];
  for (const content of files) await order(node, 'license.import', { content, fileName: 'f.lic' });
  await expectRefused(node, 'vendor.forget', { keyId: fresh.key.keyId }, 'VENDOR_IN_USE');
  await order(node, 'vendor.forget', { keyId: old.key.keyId });
  return { node, old };
}

function licenseAt({ node }: TestNode) {
  const [license] = node.admin.snapshot().licenses;
  return license && { validity: license.validity, serials: license.versions.map((v) => v.serial) };
}

describe('a former version whose vendor was forgotten', () => {
  it('stays in the history, also after a restart, and can be put back when it is trusted', async () => {
    const { node, old } = await startScene();
    await expectRefused(node, 'license.rollback', { id }, 'LICENSE_VENDOR_UNTRUSTED');
    const again = await restart(node);
    expect(licenseAt(again)).toEqual({ validity: 'valid', serials: [1, 2] });
    await expectRefused(again, 'license.rollback', { id }, 'LICENSE_VENDOR_UNTRUSTED');
    await order(again, 'vendor.trust', { content: old.publicFile });
    const { license } = await order(again, 'license.rollback', { id });
    expect(license).toMatchObject({ serial: 1, units: 5, revision: 3, validity: 'valid' });
  });

  it('is not put back when it was changed meanwhile', async () => {
    const { node, old } = await startScene();
    await node.node.stop();
    editLicenseRows(node.dataDirectory, (doc) => doc.replace('"units":5', '"units":500'));
    const again = await restart(node);
    await order(again, 'vendor.trust', { content: old.publicFile });
    const message = await expectRefused(
      again,
      'license.rollback',
      { id },
      'LICENSE_SIGNATURE_INVALID',
    );
    expect(message).toContain('Serial 1');
    // Now it can be judged, so that it is not offered any longer.
    const third = await restart(again);
    expect(licenseAt(third)).toEqual({ validity: 'valid', serials: [2] });
    await expectRefused(third, 'license.rollback', { id }, 'NO_FORMER_VERSION');
  });
});

describe('a current version whose vendor was lost', () => {
  it('is damaged until the vendor is trusted again', async () => {
    const node = await startTestNode();
    const vendor = await makeVendor();
    await order(node, 'vendor.trust', { content: vendor.publicFile });
    const content = await makeLicenseFile(vendor, { units: 5 });
    await order(node, 'license.import', { content, fileName: 'f.lic' });
    await node.node.stop();
    writeToLedger(join(node.dataDirectory, 'ledger.db'), (database) => {
      database.exec("DELETE FROM rows WHERE kind = 'vendor'");
    });
    const again = await restart(node);
    expect(again.node.admin.snapshot().licenses).toMatchObject([
      { validity: 'damaged', damage: expect.stringContaining(vendor.key.keyId), units: 5 },
    ]);
    await order(again, 'vendor.trust', { content: vendor.publicFile });
    await expect.poll(() => licenseAt(again)?.validity, { timeout: 10_000 }).toBe('valid');
    const told = async () => {
      return (await order(again, 'events.list', { search: 'licenseRepaired' })).events.length;
    };
    await expect.poll(told, { timeout: 10_000 }).toBe(1);
  });
});
