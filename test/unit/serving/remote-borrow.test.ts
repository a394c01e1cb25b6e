import { describe, expect, it, onTestFinished } from 'vitest';
import type { LeaseAnswer } from '../../../src-shared/contract/client-api.ts';
import { formatInstant } from '../../../src-shared/model/scalars.ts';
import { dayMs } from '../../../src-shared/model/time-units.ts';
import { OfflineMachine } from '../../support/borrow-files.ts';
import { ClientConnection } from '../../support/json-request.ts';
import { installLicenses, startTestNode } from '../../support/node.ts';
import { ask, order } from '../../support/related-nodes.ts';

/** A server with three seats, of which two may be borrowed for three days. */
async function startServer() {
  const at = await startTestNode();
  await installLicenses(at.node, { units: 3, borrow: { maxDays: 3, maxUnits: 2 } });
  const client = new ClientConnection(at.port);
  onTestFinished(() => client.close());
  const post = (path: string, file: string) => client.send('POST', path, JSON.parse(file));
  return {
    at,
    client,
    borrow: (file: string) => post('/v1/borrow-requests', file),
    giveBack: (file: string) => post('/v1/borrow-returns', file),
    leases: async () => (await order(at, 'lease.list', { limit: 10 })).leases,
  };
}

describe('a server', () => {
  it('gives the machine of a request file one seat, however often it is asked', async () => {
    const { borrow, giveBack, leases } = await startServer();
    const machine = new OfflineMachine();
    const first = await borrow(machine.requestFile);
    expect(first).toMatchObject({ status: 201, body: { lease: { feature: 'cad' } } });
    const answer = first.body as LeaseAnswer;
    expect(await borrow(machine.requestFile)).toMatchObject({
      status: 200,
      body: { lease: { id: answer.lease.id } },
    });
    expect(await leases()).toMatchObject([
      { id: answer.lease.id, borrowUntil: machine.asked.request.borrowUntil },
    ]);
    expect(await giveBack(machine.returnFile(answer))).toMatchObject({ status: 204 });
    expect(await leases()).toEqual([]);
    expect(await giveBack(machine.returnFile(answer))).toMatchObject({ status: 204 });
    expect(await borrow(machine.requestFile)).toMatchObject({
      status: 400,
      body: { code: 'LS_BAD_REQUEST', detail: expect.stringContaining('was used before') },
    });
    expect(await leases()).toEqual([]);
  });

  it('lets nobody but the machine speak for its seat', async () => {
    const { client, borrow, giveBack, leases } = await startServer();
    const machine = new OfflineMachine();
    const thief = new OfflineMachine();
    const answer = (await borrow(machine.requestFile)).body as LeaseAnswer;
    const { lease, token } = answer;
    const held = await leases();

    const { request } = machine.asked;
    for (const body of [
      request,
      { ...request, request: 1 },
      { ...request, borrowUntil: undefined },
    ])
      expect(await client.send('POST', '/v1/leases', body)).toMatchObject({ status: 400 });
    const headers = { 'understudy-token': token };
    const path = `/v1/leases/${lease.id}`;
    expect(await client.send('DELETE', path)).toMatchObject({ body: { code: 'LS_ACCESS_DENIED' } });
    const withToken = await client.send('DELETE', path, undefined, { headers });
    expect(withToken).toMatchObject({ status: 403 });
    // Of another machine: with its token, and with one of its own.
    expect(await giveBack(thief.returnFile(answer))).toMatchObject({ status: 400 });
    const own = (await borrow(thief.requestFile)).body as LeaseAnswer;
    const mixed = thief.returnFile({ lease, token: own.token });
    expect(await giveBack(mixed)).toMatchObject({ status: 400 });
    expect(await giveBack(machine.requestFile)).toMatchObject({
      status: 400,
      body: { detail: expect.stringContaining('This is a request file') },
    });
    expect(await leases()).toEqual(expect.arrayContaining(held));
  });

  it('keeps to the limits of the licence', async () => {
    const { borrow } = await startServer();
    const long = new OfflineMachine({ borrowUntil: formatInstant(Date.now() + 4 * dayMs) });
    expect(await borrow(long.requestFile)).toMatchObject({
      status: 403,
      body: { code: 'LS_BORROW_NOT_ALLOWED', detail: expect.stringContaining('at most 3 days') },
    });
    for (const status of [201, 201, 403]) {
      expect(await borrow(new OfflineMachine().requestFile)).toMatchObject({ status });
    }
  });

  it('says of a seat of another server where its return file belongs', async () => {
    const [one, two] = [await startServer(), await startServer()];
    const machine = new OfflineMachine();
    const answer = (await one.borrow(machine.requestFile)).body as LeaseAnswer;
    expect(await two.giveBack(machine.returnFile(answer))).toMatchObject({
      status: 404,
      body: { detail: expect.stringContaining(one.at.node.id.slice(0, 16)) },
    });
    const content = machine.returnFile(answer);
    expect(await ask(two.at, 'borrow.takeBack', { content })).toMatchObject({
      ok: false,
      code: 'BORROW_REFUSED',
    });
  });

  it('refuses a return file for a seat that it never gave', async () => {
    const { borrow, giveBack, leases } = await startServer();
    const machine = new OfflineMachine();
    const answer = (await borrow(machine.requestFile)).body as LeaseAnswer;
    const [header = '', payload = ''] = answer.token.split('.');
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as object;
    const id = '0198f7a0-0000-7000-8000-000000000001';
    const other = Buffer.from(JSON.stringify({ ...claims, lease: id })).toString('base64url');
    const token = `${header}.${other}.${'A'.repeat(86)}`;
    const forged = machine.returnFile({ lease: { ...answer.lease, id }, token });
    expect(await giveBack(forged)).toMatchObject({ status: 404 });
    expect(await leases()).toHaveLength(1);
  });

  it('has its admin read, grant and take back by the same files', async () => {
    const { at, leases } = await startServer();
    const machine = new OfflineMachine();
    const content = machine.requestFile;
    const { request } = await order(at, 'borrow.read', { content });
    expect(request).toEqual(machine.asked.request);
    expect(await leases()).toEqual([]);
    const granted = await order(at, 'borrow.grant', { content });
    expect(granted).toMatchObject({ created: true, lease: { feature: 'cad' } });
    const again = await order(at, 'borrow.grant', { content });
    expect(again).toMatchObject({ created: false, lease: { id: granted.lease.id } });
    const { answer } = JSON.parse(granted.tokenFile) as { answer: LeaseAnswer };
    const file = { content: machine.returnFile(answer) };
    expect(await order(at, 'borrow.takeBack', file)).toMatchObject({ hadEnded: false });
    expect(await order(at, 'borrow.takeBack', file)).toMatchObject({ hadEnded: true });
    expect(await leases()).toEqual([]);
    for (const method of ['borrow.read', 'borrow.grant', 'borrow.takeBack'] as const) {
      expect(await ask(at, method, { content: '{"payload":1}' })).toMatchObject({
        code: 'BORROW_FILE_WRONG',
      });
    }
  });
});
