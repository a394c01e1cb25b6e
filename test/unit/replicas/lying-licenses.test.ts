import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { LicenseDetail, InstalledLicense } from '../../../src-shared/model/license.ts';
import { type LedgerConfig, soloConfig } from '../../../src-shared/model/ledger-config.ts';
import type { TrustedVendor } from '../../../src-shared/model/vendor.ts';
import { editLicenseRows, setUnits } from '../../support/edit-ledger.ts';
import { ClientConnection } from '../../support/json-request.ts';
import { makeLicenseFile, makeVendor, type TestVendor } from '../../support/licenses.ts';
import { type LyingPeer, startLyingPeer } from '../../support/lying-peer.ts';
import { startTestNode, type TestNode } from '../../support/node.ts';
import { makeMeta, makeStoredLedger } from '../../support/records.ts';
import {
  activeOf,
  ask,
  ledgerOf,
  order,
  patiently,
  startPairedNodes,
  unhurried,
} from '../../support/related-nodes.ts';
import { forge, makeSignedLicense, withVersion } from '../../support/signed-licenses.ts';

let acme: TestVendor;
beforeAll(async () => {
  acme = await makeVendor();
});

const five = { units: 5, redundancy: 'backup' } as const;

const makeForged = (license: InstalledLicense) =>
  withVersion(license, (version) => forge(version, { units: 500 }));

function detailsAt({ node }: TestNode): LicenseDetail[] {
  return node.admin.snapshot().licenses;
}

function connect({ port }: TestNode): ClientConnection {
  const client = new ClientConnection(port);
  onTestFinished(() => client.close());
  return client;
}

/** A backup of the liar by a server that does as it is told. */
function configOf(main: string, backup: string): LedgerConfig {
  const members = [main, backup];
  const membership = { members, witness: null, rule: 'continuity' } as const;
  const common = { kind: 'backup', policy: 'available', mutual: false } as const;
  const relationship = { id: randomUUID(), ...common, members, goal: membership };
  return { ...soloConfig(main), version: 2, membership, relationship };
}

/** Serves a ledger with these licences, in an image, to its backup. */
async function sendImage(
  liar: LyingPeer,
  backup: TestNode,
  licenses: InstalledLicense[],
  vendors: TrustedVendor[],
) {
  const ledger = randomUUID();
  const config = configOf(liar.id, backup.node.id);
  expect(await liar.ask(backup, 'ledger.join', { ledger, config })).toMatchObject({ ok: true });
  const term = { number: 1, member: liar.id };
  const position = { index: 1, term };
  const { leases: _, ...rest } = makeStoredLedger({
    meta: makeMeta({ id: ledger, usageSequence: 0, eventSequence: 0, wallHighMs: Date.now() }),
    config,
    licenses,
    vendors,
  });
  const parts = [JSON.stringify({ position, ledger: rest }), '[]'];
  liar.answers['transfer.part'] = ({ args }) => {
    const text = parts[(args as { part: number }).part];
    return { ok: true, value: { text: text ?? '', last: text === undefined } };
  };
  const counts = { commitIndex: 1, usageAfter: 0, eventsAfter: 0 };
  const what = { type: 'image', term, configVersion: 2, ...counts };
  liar.say(backup, { type: 'offer', ledger, transfer: 1, what });
  await expect.poll(() => detailsAt(backup).length, patiently).toBe(licenses.length);
  return { ledger, term, position };
}

describe('a server that serves and lies', unhurried, () => {
  it('hands over no licence that its vendor did not sign, in an image or in an entry', async () => {
    const backup = await startTestNode();
    const liar = await startLyingPeer(backup);
    const whole = await makeSignedLicense(acme, five);
    const second = await makeSignedLicense(acme, { ...five, id: 'second', feature: 'pdm' });
    const bare = withVersion(second, (version) => ({ ...version, signedText: '{}' }));
    const image = [makeForged(whole), { ...bare, id: 'second' }];
    const { ledger, term, position } = await sendImage(liar, backup, image, [acme.trusted]);
    expect(detailsAt(backup)).toMatchObject([
      { id: 'acme-cad', validity: 'damaged', damage: expect.any(String) },
      { id: 'second', validity: 'damaged', damage: expect.any(String) },
    ]);

    const third = await makeSignedLicense(acme, { ...five, id: 'third', feature: 'cam' });
    const fourth = await makeSignedLicense(acme, { ...five, id: 'fourth', feature: 'sim' });
    const changes = [makeForged(third), fourth].map((after) => {
      return { type: 'license', before: null, after };
    });
    const entries = [{ index: 2, term, changes }];
    const message = { type: 'append', term, configVersion: 2, prev: position, commitIndex: 1 };
    liar.say(backup, { type: 'ledger', ledger, message: { ...message, entries } });
    await expect.poll(() => detailsAt(backup).length, patiently).toBe(4);

    await liar.server.servers.stop();
    const own = backup.node.id;
    const isActive = () => {
      const { ledgers } = backup.node.admin.snapshot();
      return ledgers.find(({ id }) => id === ledger)?.active;
    };
    await expect.poll(isActive, patiently).toBe(own);
    const client = connect(backup);
    for (const feature of ['cad', 'pdm', 'cam']) {
      expect(await client.checkout('i-1', feature)).toMatchObject({
        status: 503,
        body: { code: 'LS_LEADER_NOT_PRESENT', detail: expect.stringContaining('damaged') },
      });
    }
    expect((await client.checkout('i-1', 'sim')).status).toBe(201);
    const told = async () => {
      const { events } = await order(backup, 'events.list', { search: 'licenseDamaged' });
      return events.map(({ message }) => message).join();
    };
    await expect.poll(told, patiently).toContain('acme-cad');
  });

  it('cannot have a vendor trusted under the id of another one', async () => {
    const backup = await startTestNode();
    const liar = await startLyingPeer(backup);
    const evil = await makeVendor('Acme');
    const mine = await makeSignedLicense(evil, { ...five, units: 500 });
    const asAcme = withVersion(mine, (version) => ({ ...version, vendorKeyId: acme.key.keyId }));
    const stolen = { ...evil.trusted, keyId: acme.key.keyId };
    await sendImage(liar, backup, [asAcme], [stolen]);
    expect(detailsAt(backup)).toMatchObject([{ validity: 'damaged' }]);
    expect(backup.node.admin.snapshot().vendors).toEqual([]);
  });
});

describe('a backup that lies to a server with a damaged licence', unhurried, () => {
  it('repairs it with what the vendor signed, and with nothing else or older', async () => {
    const [first] = await startPairedNodes('Main');
    const third = await makeVendor('Third');
    for (const { publicFile } of [acme, third]) {
      await order(first, 'vendor.trust', { content: publicFile });
    }
    const content = await makeLicenseFile(acme, { ...five, serial: 2 });
    await order(first, 'license.import', { content, fileName: 'test.lic' });
    const liar = await startLyingPeer(first);
    const side = { name: 'Liar', version: '0.0.0-test', relationship: null, storeFailure: null };
    const paired = [first.node.id];
    liar.answers['relationship.side'] = () => ({
      ok: true,
      value: { ...side, paired, licenses: [] },
    });
    liar.answers['ledger.join'] = () => ({ ok: true, value: {} });
    const { id: owner } = first.node;
    void ask(first, 'relationship.create', { kind: 'backup', main: owner, backup: liar.id });
    await expect.poll(() => ledgerOf(first)?.members, patiently).toEqual([owner, liar.id]);

    const evil = await makeVendor('Acme');
    const copy = async (
      vendor: TestVendor,
      serial: number,
      revision: number,
      more: object = {},
    ) => {
      const { versions } = await makeSignedLicense(vendor, { ...five, serial, ...more });
      return { id: 'acme-cad', version: { ...versions[0], revision } };
    };
    const right = await copy(acme, 2, 1);
    const lies = [
      await copy(acme, 1, 9, { units: 50 }),
      await copy(evil, 2, 1, { units: 50 }),
      await copy(acme, 2, 1, { id: 'other' }),
      await copy(third, 2, 1, { units: 50 }),
      { ...right, version: forge(right.version as never, { units: 50 }) },
    ];
    const vendors = [acme.trusted, evil.trusted, third.trusted];
    let asked = 0;
    // An answer that is of no use is followed by another question.
    liar.answers['license.damaged'] = ({ args }) => {
      expect(args).toMatchObject({ licenses: ['acme-cad'] });
      asked++;
      return { ok: true, value: { versions: lies, vendors } };
    };

    await first.node.stop();
    editLicenseRows(first.dataDirectory, setUnits(7));
    const { dataDirectory, port } = first;
    const listen = { host: '127.0.0.1', port };
    const main = await startTestNode({ dataDirectory, listen });
    await expect.poll(() => activeOf(main), patiently).toBe(main.node.id);
    await expect.poll(() => asked, patiently).toBe(2);
    expect(detailsAt(main)).toMatchObject([{ validity: 'damaged', revision: 1, serial: 2 }]);
    const trusted = main.node.admin.snapshot().vendors.map(({ keyId }) => keyId);
    expect(new Set(trusted)).toEqual(new Set([acme.key.keyId, third.key.keyId]));
    expect((await connect(main).checkout('i-1')).status).toBe(503);

    liar.answers['license.damaged'] = () => ({
      ok: true,
      value: { versions: [right], vendors: [] },
    });
    await expect.poll(() => detailsAt(main)[0]?.validity, patiently).toBe('valid');
    expect(detailsAt(main)).toMatchObject([{ units: 5, serial: 2, revision: 1 }]);
    expect((await connect(main).checkout('i-1')).status).toBe(201);
  });
});
