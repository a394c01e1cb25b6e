import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { bucketOf } from '../../../src-main/node/core/rows/digest.ts';
import { configId, type Row, spellIdOf } from '../../../src-main/node/core/rows/row.ts';
import type { LicenseDetail, InstalledLicense } from '../../../src-shared/model/license.ts';
import { type LedgerConfig, soloConfig } from '../../../src-shared/model/ledger-config.ts';
import type { TrustedVendor } from '../../../src-shared/model/vendor.ts';
import { editLicenseRows, setUnits } from '../../support/edit-ledger.ts';
import { ClientConnection } from '../../support/json-request.ts';
import { makeLicenseFile, makeVendor, type TestVendor } from '../../support/licenses.ts';
import { type LyingPeer, startAgreedLiar } from '../../support/lying-peer.ts';
import { startTestNode, type TestNode } from '../../support/node.ts';
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

/** Serves a ledger to its backup, and says that these are its licences. */
async function serveRows(
  liar: LyingPeer,
  backup: TestNode,
  licenses: InstalledLicense[],
  vendors: TrustedVendor[],
): Promise<string> {
  const ledger = randomUUID();
  const config = configOf(liar.id, backup.node.id);
  expect(await liar.ask(backup, 'ledger.join', { ledger, config })).toMatchObject({ ok: true });
  const boot = 'ab'.repeat(8);
  const id = spellIdOf(1, boot);
  const origin = { by: id, write: 1 };
  const times = { fromMs: Date.now(), toMs: Date.now(), timesSet: 0 };
  const counts = { write: 1, told: 0, usage: 0, events: 0, overdraft: null };
  const rows: Row[] = [
    { kind: 'spell', id, number: 1, member: liar.id, ...times, ...counts },
    { kind: 'config', id: configId, ...origin, config },
    ...vendors.map((vendor): Row => {
      return { kind: 'vendor', id: vendor.keyId, ...origin, revision: 1, vendor };
    }),
    ...licenses.map((license): Row => {
      return { kind: 'license', id: license.id, ...origin, revision: 1, license };
    }),
  ];
  const buckets = [...new Set(rows.map(bucketOf))];
  const root = '0'.repeat(16);
  const common = { term: { number: 1, member: liar.id, boot }, configVersion: config.version };
  const say = (message: object) =>
    liar.say(backup, { type: 'ledger', ledger, message: { ...common, ...message } });
  // By that it finds that its rows differ, and asks for those of the liar.
  const heard = { number: 1, root };
  say({ type: 'heartbeat', commitIndex: 0, round: 1, syncSet: [liar.id], rows: heard });
  const piece = { asked: null, number: 1, root, markMs: 0, buckets, rows };
  say({ type: 'piece', ...piece, last: true, all: true });
  await liar.settled(backup);
  return ledger;
}

describe('a server that serves and lies', unhurried, () => {
  it('hands over no licence that its vendor did not sign', async () => {
    const backup = await startTestNode();
    const liar = await startAgreedLiar(backup);
    const whole = await makeSignedLicense(acme, five);
    const second = await makeSignedLicense(acme, { ...five, id: 'second', feature: 'pdm' });
    const bare = withVersion(second, (version) => ({ ...version, signedText: '{}' }));
    const third = await makeSignedLicense(acme, { ...five, id: 'third', feature: 'sim' });
    const all = [makeForged(whole), { ...bare, id: 'second' }, third];
    const ledger = await serveRows(liar, backup, all, [acme.trusted]);
    await expect.poll(() => detailsAt(backup), patiently).toMatchObject([{ id: 'third' }]);

    await liar.server.servers.stop();
    const isActive = () => {
      const { ledgers } = backup.node.admin.snapshot();
      return ledgers.find(({ id }) => id === ledger)?.active;
    };
    await expect.poll(isActive, patiently).toBe(backup.node.id);
    const client = connect(backup);
    for (const feature of ['cad', 'pdm']) {
      expect((await client.checkout('i-1', feature)).status).toBeGreaterThanOrEqual(400);
    }
    expect((await client.checkout('i-1', 'sim')).status).toBe(201);
  });

  it('cannot have a vendor trusted under the id of another one', async () => {
    const backup = await startTestNode();
    const liar = await startAgreedLiar(backup);
    const evil = await makeVendor('Acme');
    const mine = await makeSignedLicense(evil, { ...five, units: 500 });
    const asAcme = withVersion(mine, (version) => ({ ...version, vendorKeyId: acme.key.keyId }));
    const stolen = { ...evil.trusted, keyId: acme.key.keyId };
    const right = await makeSignedLicense(evil, { ...five, id: 'right' });
    await serveRows(liar, backup, [asAcme, right], [stolen, evil.trusted]);
    await expect.poll(() => detailsAt(backup), patiently).toMatchObject([{ id: 'right' }]);
    const trusted = backup.node.admin.snapshot().vendors.map(({ keyId }) => keyId);
    expect(trusted).toEqual([evil.key.keyId]);
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
    const liar = await startAgreedLiar(first);
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
