import { copyFileSync, existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ClientConnection } from '../../support/json-request.ts';
import { startTestNode, type TestNode } from '../../support/node.ts';
import { install, order, restart, unhurried } from '../../support/related-nodes.ts';

interface Lease {
  lease: { id: string };
  token: string;
}

function connect(to: TestNode): ClientConnection {
  const connection = new ClientConnection(to.port);
  onTestFinished(() => connection.close());
  return connection;
}

async function checkout(at: TestNode, instance: string): Promise<Lease> {
  const { status, body } = await connect(at).checkout(instance);
  expect(status).toBe(201);
  return body as Lease;
}

function renew(at: TestNode, { lease, token }: Lease) {
  const headers = { 'understudy-token': token };
  return connect(at).send('POST', `/v1/leases/${lease.id}/renew`, undefined, { headers });
}

const ledgerFiles = ['ledger.db', 'ledger.db-wal'];

/** A server whose disk was set back to before these leases. */
async function setBack(grant: (at: TestNode) => Promise<Lease[]>) {
  const first = await startTestNode();
  await install(first, {});
  await first.node.stop();
  const { dataDirectory } = first;
  const present = ledgerFiles.filter((file) => existsSync(join(dataDirectory, file)));
  for (const file of present) {
    copyFileSync(join(dataDirectory, file), join(dataDirectory, `${file}.old`));
  }
  const second = await restart(first);
  const leases = await grant(second);
  await second.node.stop();
  for (const file of [...ledgerFiles, 'ledger.db-shm']) {
    rmSync(join(dataDirectory, file), { force: true });
  }
  for (const file of present) {
    copyFileSync(join(dataDirectory, `${file}.old`), join(dataDirectory, file));
  }
  const node = await restart(second);
  await order(node, 'ledger.acceptLoss', {});
  return { node, leases };
}

describe('a server that has lost what it granted', unhurried, () => {
  it('takes a lease up again by its token, and by nothing else', async () => {
    const { node, leases } = await setBack(async (at) => [
      await checkout(at, 'i-1'),
      await checkout(at, 'i-2'),
    ]);
    const [one, two] = leases as [Lease, Lease];
    const [header = '', payload = '', signature = ''] = one.token.split('.');
    for (const token of [
      '',
      'a.b.c',
      two.token,
      `${header}.${payload}.${two.token.split('.')[2] ?? ''}`,
      `${header}.${two.token.split('.')[1] ?? ''}.${signature}`,
    ]) {
      expect(await renew(node, { ...one, token })).toMatchObject({ status: 404 });
    }
    expect(await renew(node, one)).toMatchObject({
      status: 200,
      body: { lease: { id: one.lease.id } },
    });
    expect(node.node.admin.snapshot().leaseCount).toBe(1);
    // A checkout of the same instance with its token is the same seat.
    const headers = { 'understudy-token': two.token };
    const client = { instance: 'i-2', user: 'anna', host: 'pc-1' };
    const again = await connect(node).send(
      'POST',
      '/v1/leases',
      { feature: 'cad', client },
      {
        headers,
      },
    );
    expect(again).toMatchObject({ status: 200, body: { lease: { id: two.lease.id } } });
  });

  it('takes nothing up that it knows to be returned', async () => {
    const { node, leases } = await setBack(async (at) => [await checkout(at, 'i-1')]);
    const [one] = leases as [Lease];
    expect(await renew(node, one)).toMatchObject({ status: 200 });
    await connect(node).send('DELETE', `/v1/leases/${one.lease.id}`);
    expect(await renew(node, one)).toMatchObject({ status: 404 });
    expect(node.node.admin.snapshot().leaseCount).toBe(0);
  });
});
