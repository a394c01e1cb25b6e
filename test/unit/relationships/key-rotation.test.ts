import { copyFileSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type LeaseAnswer, tokenHeader } from '../../../src-shared/contract/client-api.ts';
import { ClientConnection, type JsonAnswer } from '../../support/json-request.ts';
import { startTestNode, type TestNode } from '../../support/node.ts';
import {
  ask,
  expectConnected,
  expectRefused,
  expectServing,
  install,
  order,
  pairNodes,
  patiently,
  protectedLicense,
  restart,
  startPairedNodes,
} from '../../support/related-nodes.ts';

function connectTo({ port }: TestNode): ClientConnection {
  const connection = new ClientConnection(port);
  onTestFinished(() => connection.close());
  return connection;
}

function leaseIn({ status, body }: JsonAnswer): LeaseAnswer {
  expect(status).toBeLessThan(300);
  return body as LeaseAnswer;
}

function renew(at: TestNode, { lease, token }: LeaseAnswer): Promise<JsonAnswer> {
  const headers = { [tokenHeader]: token };
  return connectTo(at).send('POST', `/v1/leases/${lease.id}/renew`, undefined, { headers });
}

const issuerOf = ({ token }: LeaseAnswer): unknown => {
  const claims = JSON.parse(
    Buffer.from(token.split('.')[1] ?? '', 'base64url').toString(),
  ) as Record<string, unknown>;
  return claims['iss'];
};

const partnersAt = ({ node }: TestNode) =>
  node.admin.snapshot().servers.map(({ id, pairing }) => [id, pairing]);

async function messagesAt(at: TestNode): Promise<string> {
  const { events } = await order(at, 'events.list', {});
  return events.map(({ message }) => message).join('\n');
}

describe('a new key for a server', () => {
  it('is in use after the next start, with pairings, licences, seats and timeline', async () => {
    const [a, b] = await startPairedNodes('Alpha', 'Beta');
    await install(a, { id: 'free' }, { id: 'locked', feature: 'cam', servers: [a.node.id] });
    const held = leaseIn(await connectTo(a).checkout('i-1'));
    const locked = leaseIn(await connectTo(a).checkout('i-2', 'cam'));
    const ordered = await order(a, 'servers.rotateKey', {});
    expect(ordered).toMatchObject({
      id: a.node.id,
      told: [{ id: b.node.id, name: 'Beta' }],
      notTold: [],
    });
    const { nextId } = ordered;
    expect(ordered.warnings.filter((text) => text.includes(nextId))).toEqual([
      expect.stringContaining('Licence locked'),
    ]);
    expect(await order(a, 'servers.rotateKey', {})).toEqual(ordered);
    // Nothing has changed yet.
    expect(issuerOf(leaseIn(await renew(a, held)))).toBe(a.node.id);

    const again = await restart(a);
    expect(again.node.id).toBe(nextId);
    await expectConnected(again, b);
    expect(partnersAt(b)).toEqual([[nextId, 'paired']]);
    expect(partnersAt(again)).toEqual([[b.node.id, 'paired']]);
    for (const lease of [held, locked]) {
      const renewed = leaseIn(await renew(again, lease));
      expect(renewed.lease.id).toBe(lease.lease.id);
      expect(issuerOf(renewed)).toBe(nextId);
      expect(renewed.term).toBeGreaterThan(lease.term);
    }
    expect(again.node.admin.snapshot()).toMatchObject({
      leaseCount: 2,
      ledgers: [{ members: [nextId], active: nextId }],
    });
    const told = await messagesAt(again);
    expect(told).toContain(`its id is ${nextId} and was ${a.node.id}`);
    expect(told).toContain('A new key was ordered');
    expect(await messagesAt(b)).toContain(`its id is ${nextId} and was ${a.node.id}`);
  });

  it('leaves the tokens of the one before their proof, when a ledger lost their leases', async () => {
    const a = await startTestNode({ name: 'Alpha' });
    await install(a);
    const stopped = await restart(a);
    await stopped.node.stop();
    const [file, backup] = ['ledger.db', 'backup.db'].map((name) => join(a.dataDirectory, name));
    copyFileSync(file ?? '', backup ?? '');
    const before = await startTestNode({ dataDirectory: a.dataDirectory, name: 'Alpha' });
    const held = leaseIn(await connectTo(before).checkout('i-1'));
    const { nextId } = await order(before, 'servers.rotateKey', {});
    await before.node.stop();
    copyFileSync(backup ?? '', file ?? '');
    const again = await startTestNode({ dataDirectory: a.dataDirectory, name: 'Alpha' });
    expect(again.node.id).toBe(nextId);
    await order(again, 'ledger.acceptLoss', {});
    expect(again.node.admin.snapshot().leaseCount).toBe(0);
    const [head, claims, signature = ''] = held.token.split('.');
    const forged = [head, claims, signature.replace(/^./, (c) => (c === 'A' ? 'B' : 'A'))].join(
      '.',
    );
    expect((await renew(again, { ...held, token: forged })).status).toBe(404);
    expect(leaseIn(await renew(again, held)).lease.id).toBe(held.lease.id);
  });

  it('can protect and be protected, with all that was before', async () => {
    const [a, b] = await startPairedNodes('Alpha', 'Beta');
    await install(a, protectedLicense);
    const held = leaseIn(await connectTo(a).checkout('i-1'));
    await order(a, 'servers.rotateKey', {});
    const again = await restart(a);
    await expectConnected(again, b);
    await order(b, 'relationship.create', { kind: 'backup', main: 'Alpha', backup: 'Beta' });
    await expectServing(again, again, again, b);
    await again.node.stop();
    await expect.poll(async () => (await renew(b, held)).status, patiently).toBe(200);
  });
});

describe('a new key is refused', () => {
  it('while the server is in a relationship or a witness', async () => {
    const [main, standby, witness] = await startPairedNodes('Main', 'Backup', 'Witness');
    await install(main, protectedLicense);
    await order(main, 'relationship.create', {
      kind: 'backup',
      main: 'Main',
      backup: 'Backup',
      policy: 'strict',
      witness: 'Witness',
    });
    await expectServing(main, main, main, standby);
    for (const one of [main, standby, witness]) {
      await expectRefused(one, 'servers.rotateKey', { force: true }, 'SERVER_IN_USE');
    }
    await order(main, 'relationship.dissolve', {});
    for (const one of [main, standby, witness]) {
      await expect
        .poll(async () => (await ask(one, 'servers.rotateKey', {})).ok, patiently)
        .toBe(true);
    }
  });

  it('when a paired server is away, unless it is forced, and is told of it when it comes', async () => {
    const [a, b, c] = await startPairedNodes('Alpha', 'Beta', 'Gamma');
    await b.node.stop();
    await c.node.stop();
    await expect
      .poll(() => a.node.admin.snapshot().servers.map(({ connected }) => connected), patiently)
      .toEqual([false, false]);
    const message = await expectRefused(a, 'servers.rotateKey', {}, 'SERVER_UNREACHABLE');
    expect(message).toContain('Beta, Gamma');
    const { nextId, told, notTold } = await order(a, 'servers.rotateKey', { force: true });
    expect([told, notTold.map(({ name }) => name)]).toEqual([[], ['Beta', 'Gamma']]);
    const beta = await restart(b);
    await expectConnected(a, beta);
    await expect.poll(() => messagesAt(beta), patiently).toContain(nextId);
    const again = await restart(a);
    await expectConnected(again, beta);
    const gamma = await restart(c);
    await expect.poll(() => partnersAt(again), patiently).toContainEqual([c.node.id, 'ended']);
    await pairNodes(again, gamma);
    expect(partnersAt(gamma)).toContainEqual([nextId, 'paired']);
  });

  it('when it cannot be stored, and the present one stays', async () => {
    const a = await startTestNode({ name: 'Alpha' });
    const inTheWay = join(a.dataDirectory, 'next-server-key.pem.new');
    mkdirSync(inTheWay);
    const message = await expectRefused(a, 'servers.rotateKey', {}, 'STORE_UNAVAILABLE');
    expect(message).toContain(a.dataDirectory);
    rmSync(inTheWay, { recursive: true });
    expect((await restart(a)).node.id).toBe(a.node.id);
  });
});

it('a new key waits when the server was taken into a relationship before its next start', async () => {
  const [a, b] = await startPairedNodes('Alpha', 'Beta');
  await install(a, protectedLicense);
  const { nextId } = await order(a, 'servers.rotateKey', {});
  await order(a, 'relationship.create', { kind: 'backup', main: 'Alpha', backup: 'Beta' });
  await expectServing(a, a, a, b);
  await order(a, 'relationship.set', { settings: { reclaimAfterMs: 0 } });
  const waiting = await restart(a);
  expect(waiting.node.id).toBe(a.node.id);
  await expectServing(waiting, waiting, waiting, b);
  expect(await messagesAt(waiting)).toContain('new key that was ordered is not in use');
  await order(waiting, 'relationship.dissolve', {});
  const again = await restart(waiting);
  expect(again.node.id).toBe(nextId);
  await expectConnected(again, b);
});
