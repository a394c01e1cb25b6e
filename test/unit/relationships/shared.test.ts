import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { makeLicenseFile } from '../../support/licenses.ts';
import { startTestNode, type TestNode } from '../../support/node.ts';
import {
  activeOf,
  connect,
  expectConnected,
  expectRefused,
  expectServing,
  install,
  ledgerOf,
  order,
  pairNodes,
  patiently,
  protectedLicense,
  startPairedNodes,
  unhurried,
} from '../../support/related-nodes.ts';

const plan = { kind: 'backup', main: 'Main', backup: 'Backup' } as const;

async function startBackup(more: object = {}): Promise<[TestNode, TestNode]> {
  const [main, standby] = await startPairedNodes('Main', 'Backup');
  await order(main, 'relationship.create', { ...plan, ...more });
  await expectServing(main, main, main, standby);
  return [main, standby];
}

const licensesAt = ({ node }: TestNode) => node.admin.snapshot().licenses;

describe('orders at the standby', unhurried, () => {
  it('go to the server that serves: licences, vendors and leases', async () => {
    const [main, standby] = await startBackup();
    const vendor = await install(main, { ...protectedLicense, units: 3 });
    await expect.poll(() => licensesAt(standby), patiently).toHaveLength(1);
    const newer = { ...protectedLicense, units: 5, serial: 2 };
    const content = await makeLicenseFile(vendor, newer);
    const dry = await order(standby, 'license.diff', { content });
    expect(dry.changes).toMatchObject([{ id: 'acme-cad', kind: 'replace' }]);
    const done = await order(standby, 'license.import', { content, fileName: 'new.lic' });
    expect(done.changes).toMatchObject([{ id: 'acme-cad', kind: 'replace' }]);
    for (const at of [main, standby]) {
      await expect.poll(() => licensesAt(at), patiently).toMatchObject([{ units: 5 }]);
      expect(ledgerOf(main, at)?.licenses).toBe(1);
    }

    const { body } = await connect(main).checkout('i-1');
    const { id } = (body as { lease: { id: string } }).lease;
    await expect
      .poll(async () => (await order(standby, 'lease.list', {})).total, patiently)
      .toBe(1);
    await order(standby, 'lease.release', { id });
    expect(await order(main, 'lease.list', {})).toMatchObject({ total: 0 });
    expect(await connect(main).send('POST', `/v1/leases/${id}/renew`)).toMatchObject({
      status: 404,
    });
    await expectRefused(standby, 'lease.release', { id }, 'NO_SUCH_LEASE');

    await order(standby, 'license.rollback', { id: 'acme-cad' });
    await expect.poll(() => licensesAt(main), patiently).toMatchObject([{ units: 3 }]);
    await order(standby, 'license.remove', { id: 'acme-cad' });
    await expect.poll(() => licensesAt(main), patiently).toEqual([]);
  });

  it('say why when they are refused there, or when nobody serves', async () => {
    const [main, standby] = await startBackup({});
    const vendor = await install(main, protectedLicense);
    await expect.poll(() => licensesAt(standby), patiently).toHaveLength(1);
    const older = await makeLicenseFile(vendor, { ...protectedLicense, units: 9 });
    const again = { content: older, fileName: 'same.lic' };
    await expectRefused(standby, 'license.import', again, 'LICENSE_SERIAL_REUSED');
    // Strict on two servers and a witness that both stop: nobody may serve.
    const witness = await startTestNode({ name: 'Witness' });
    for (const node of [main, standby]) await pairNodes(node, witness);
    await order(main, 'relationship.set', { policy: 'strict', witness: 'Witness' });
    await expectServing(main, main, main, standby);
    await main.node.stop();
    await witness.node.stop();
    await expect.poll(() => activeOf(main, standby), patiently).toBeNull();
    const message = await expectRefused(
      standby,
      'license.remove',
      { id: 'acme-cad' },
      'NOT_SERVING',
    );
    expect(message).toMatch(/Main|Too few servers/);
    expect(await connect(standby).checkout('i-1')).toMatchObject({
      status: 503,
      body: { code: expect.stringMatching(/^LS_(LEADER_NOT_PRESENT|MAJORITY_RULE_FAILURE)$/) },
    });
  });
});

describe('what happened', unhurried, () => {
  it('is one story on both servers, those before they met not left out', async () => {
    const [main, standby] = await startPairedNodes('Main', 'Backup');
    await install(main, protectedLicense);
    await order(main, 'relationship.create', { ...plan, mutual: true });
    await expectServing(main, main, main, standby);
    await order(main, 'switchover', {});
    await order(standby, 'failback', {});
    await expectServing(main, main, main, standby);
    const storyAt = async (at: TestNode) => {
      const { events } = await order(at, 'events.list', { limit: 1_000 });
      return events
        .map(({ server, at: time, kind, message }) => `${time} ${server} ${kind} ${message}`)
        .sort();
    };
    await expect
      .poll(async () => [await storyAt(main), await storyAt(standby)], patiently)
      .toSatisfy(([ours, theirs]: string[][]) => ours?.join('\n') === theirs?.join('\n'));
    const story = (await storyAt(standby)).join('\n');
    for (const kind of [
      'serverStarted',
      'serverPaired',
      'licenseInstalled',
      'relationshipCreated',
      'switchedOver',
    ]) {
      expect(story).toContain(kind);
    }
  });

  it('is as complete in the usage of a server that joined late', async () => {
    const [main, standby] = await startPairedNodes('Main', 'Backup');
    await install(main, { ...protectedLicense, units: 200 });
    const client = connect(main);
    for (let number = 0; number < 30; number++) {
      const { body } = await client.checkout(`early-${number}`);
      const { id } = (body as { lease: { id: string } }).lease;
      if (number % 3 > 0) await client.send('DELETE', `/v1/leases/${id}`);
    }
    await client.checkout('denied', 'cad', { units: 199 });
    await order(main, 'relationship.create', plan);
    await expectServing(main, main, main, standby);
    const { body } = await client.checkout('late');
    const { id } = (body as { lease: { id: string } }).lease;
    await client.send('DELETE', `/v1/leases/${id}`);
    const rowsAt = async (at: TestNode) => {
      const { records } = await order(at, 'usage.records', { limit: 1_000 });
      return records.map(({ sequence: _, ...record }) => JSON.stringify(record)).sort();
    };
    const rows = await rowsAt(main);
    expect(rows.length).toBeGreaterThanOrEqual(21);
    await expect.poll(() => rowsAt(standby), patiently).toEqual(rows);
    const report = await order(standby, 'usage.report', {});
    expect(report.summaries).toMatchObject([{ license: 'acme-cad', sessions: 31 }]);
    expect(report.holders).toMatchObject([{ user: 'anna', sessions: 31, denials: 1 }]);
  });
});

describe('a server with a new disk', unhurried, () => {
  /** The same identity, pairings and port, and no ledger. */
  async function replaceDisk({ node, dataDirectory, port }: TestNode): Promise<TestNode> {
    await node.stop();
    for (const file of readdirSync(dataDirectory)) {
      if (file.startsWith('ledger.db')) rmSync(join(dataDirectory, file));
    }
    const listen = { host: '127.0.0.1', port };
    return startTestNode({ dataDirectory, listen });
  }

  it('is given the ledger again that it protects', async () => {
    const [main, standby] = await startBackup();
    await install(main, protectedLicense);
    const lease = await connect(main).checkout('i-1');
    expect(lease.status).toBe(201);
    const back = await replaceDisk(standby);
    await expectConnected(main, back);
    await expectServing(main, main, main, back);
    expect(ledgerOf(main, back)).toMatchObject({ licenses: 1, leases: 1 });
    expect(back.node.admin.snapshot().relationship).toMatchObject({ state: 'established' });
  });

  it('is given its own ledger again, and serves it', async () => {
    const [main, standby] = await startBackup();
    await install(main, protectedLicense);
    await order(main, 'relationship.set', { settings: { reclaimAfterMs: 0 } });
    const { body } = await connect(main).checkout('i-1');
    const { id } = (body as { lease: { id: string } }).lease;
    const before = ledgerOf(main)?.id;
    const back = await replaceDisk(main);
    await expectConnected(standby, back);
    await expectServing(main, back, standby, back);
    expect(ledgerOf(back)).toMatchObject({ id: before, licenses: 1, leases: 1 });
    expect(back.node.admin.snapshot().ledgers).toHaveLength(1);
    expect(await connect(back).send('POST', `/v1/leases/${id}/renew`)).toMatchObject({
      status: 200,
      body: { lease: { id }, servedBy: { role: 'primary' } },
    });
  });
});

describe('servers of a relationship', unhurried, () => {
  it('cannot be forgotten until it is dissolved', async () => {
    const [main, standby] = await startBackup();
    for (const [at, id] of [
      [main, standby.node.id],
      [standby, main.node.id],
    ] as const) {
      await expectRefused(at, 'servers.forget', { id }, 'SERVER_IN_USE');
    }
    await order(main, 'relationship.dissolve', {});
    await expect.poll(() => standby.node.admin.snapshot().relationship, patiently).toBeNull();
    await order(main, 'servers.forget', { id: standby.node.id });
    expect(main.node.admin.snapshot().servers).toEqual([]);
  });

  it('are called by their new names', async () => {
    const [main, standby] = await startBackup();
    await order(standby, 'settings.set', { name: 'Reserve' });
    await expect
      .poll(
        () => main.node.admin.snapshot().relationship?.members.map(({ name }) => name),
        patiently,
      )
      .toEqual(['Main', 'Reserve']);
    await order(main, 'switchover', { to: 'Reserve' });
    await expect
      .poll(async () => (await order(main, 'events.list', {})).events, patiently)
      .toContainEqual(
        expect.objectContaining({
          kind: 'switchedOver',
          message: expect.stringContaining('Main gave over to Reserve'),
        }),
      );
  });
});
