import { expect, it } from 'vitest';
import { makeLicenseFile, makeVendor, type TestVendor } from '../../support/licenses.ts';
import { startTestNode } from '../../support/node.ts';
import { expectRefused, order, restart } from '../../support/related-nodes.ts';

it('follows a vendor to the next key and lets no other key in its name take its licences', async () => {
  const node = await startTestNode();
  const first = await makeVendor('Acme');
  const second = await makeVendor('Acme', first);
  const stranger = await makeVendor('Acme');
  const fileOf = (vendor: TestVendor, serial: number) =>
    makeLicenseFile(vendor, { serial, units: serial }).then((content) => ({
      content,
      fileName: 'f.lic',
    }));
  const keysOf = async () => {
    const { vendors } = await order(node, 'vendor.list', {});
    return vendors.map(({ keyId }) => keyId);
  };
  const trustEvents = async () => {
    const { events } = await order(node, 'events.list', { search: 'vendorTrusted' });
    return events.map(({ severity, message }) => ({ severity, message }));
  };

  await order(node, 'vendor.trust', { content: first.publicFile });
  await order(node, 'license.import', await fileOf(first, 1));

  await order(node, 'vendor.trust', { content: stranger.publicFile });
  expect(await trustEvents()).toContainEqual({
    severity: 'warning',
    message: expect.stringContaining('does not vouch for it') as unknown,
  });
  const refusal = ['LICENSE_OTHER_VENDOR'] as const;
  await expectRefused(node, 'license.import', await fileOf(stranger, 2), ...refusal);
  const { changes } = await order(node, 'license.diff', {
    content: (await fileOf(stranger, 2)).content,
  });
  expect(changes).toMatchObject([{ kind: 'refused', refusal: { code: refusal[0] } }]);

  const before = await keysOf();
  await order(node, 'license.diff', { content: (await fileOf(second, 2)).content });
  expect(await keysOf()).toEqual(before);
  await order(node, 'license.import', await fileOf(second, 2));
  expect(await keysOf()).toEqual([...before, second.key.keyId]);
  expect(await trustEvents()).toContainEqual({
    severity: 'info',
    message: expect.stringContaining(`the former key ${first.key.keyId} vouches`) as unknown,
  });
  await expectRefused(node, 'license.import', await fileOf(first, 3), ...refusal);

  const again = await restart(node);
  expect(again.node.admin.snapshot().licenses).toMatchObject([
    { serial: 2, units: 2, validity: 'valid', vendorKeyId: second.key.keyId },
  ]);
});
