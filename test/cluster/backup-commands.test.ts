import { expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import { adminContract, type AdminMethod } from '../../src-shared/contract/admin.ts';
import { leaseAnswerSchema } from '../../src-shared/contract/client-api.ts';
import { listedLeaseSchema } from '../../src-shared/model/lease.ts';
import { makeTerminal, runIn } from '../unit/cli/fake-terminal.ts';
import { makeLicenseFile, makeVendor } from '../support/licenses.ts';
import { callAdmin } from '../support/json-request.ts';
import { startServe } from '../support/node.ts';
import { makeTemporaryDirectory } from '../support/temporary-directory.ts';
import { CliProcess } from './cli-process.ts';

/** Longest wait for something that takes a second on an idle machine. */
const patiently = { timeout: 30_000, interval: 50 };

const leasesSchema = z.object({ leases: z.array(listedLeaseSchema) });
const seatSchema = leaseAnswerSchema.pick({ lease: true, servedBy: true });

/** A server as a process, and its command line. */
async function startHost(name: string) {
  const dataDirectory = makeTemporaryDirectory();
  const first = startServe(dataDirectory, { args: ['--listen', '127.0.0.1:0', '--name', name] });
  const { port } = await first.ready();
  const terminal = makeTerminal();
  const run = (...args: string[]) => runIn(terminal, ...args, '--data-dir', dataDirectory);
  return {
    dataDirectory,
    process: first,
    address: `127.0.0.1:${port}`,
    run,
    json: async <S extends z.ZodType>(schema: S, ...args: string[]): Promise<z.output<S>> => {
      const { status, stdout, stderr } = await run(...args, '--json');
      expect([status, stderr]).toEqual([0, '']);
      return schema.parse(JSON.parse(stdout));
    },
    restart: async () => {
      const args = ['--listen', `127.0.0.1:${port}`, '--name', name];
      await startServe(dataDirectory, { args }).ready();
    },
  };
}

type Host = Awaited<ReturnType<typeof startHost>>;

function resultOf<M extends AdminMethod>(method: M): (typeof adminContract)[M]['result'] {
  return adminContract[method].result;
}

/** Alpha with two seats of "cad", protected by Beta. */
async function startBackup(): Promise<{ a: Host; b: Host }> {
  const [a, b] = await Promise.all([startHost('Alpha'), startHost('Beta')]);
  const { code } = await a.json(resultOf('servers.invite'), 'servers', 'invite');
  const paired = ['servers', 'pair', a.address, code, '--allow', 'relationship'];
  await b.json(resultOf('servers.pair'), ...paired);
  const vendor = await makeVendor();
  await callAdmin(a.dataDirectory, 'vendor.trust', { content: vendor.publicFile });
  const content = await makeLicenseFile(vendor, { redundancy: 'backup', units: 2, ttlSeconds: 5 });
  await callAdmin(a.dataDirectory, 'license.import', { content, fileName: 'a.lic' });
  const plan = ['backup', '--main', 'Alpha', '--backup', 'Beta'];
  await expect
    .poll(async () => (await a.run('relationship', 'check', ...plan)).status, patiently)
    .toBe(0);
  await a.json(resultOf('relationship.create'), 'relationship', 'create', ...plan);
  await expect
    .poll(async () => (await a.json(resultOf('status'), 'status')).readiness, patiently)
    .toMatchObject({ ready: true, reasons: [] });
  return { a, b };
}

async function servedBy(host: Host) {
  const { licenses } = await host.json(resultOf('license.list'), 'license', 'list');
  return licenses[0]?.servedBy;
}

it('takes over from a server that was killed; its client keeps its seat through it and back', async () => {
  const { a, b } = await startBackup();
  const servers = ['--server', a.address, '--server', b.address];
  const client = new CliProcess(makeTemporaryDirectory(), [
    ...['client', 'checkout', '--feature', 'cad', ...servers, '--json', '--end-with-stdin'],
  ]);
  onTestFinished(() => client.kill());
  await client.says('\n}\n');
  const seat = seatSchema.parse(JSON.parse(client.stdout));
  expect(seat.servedBy).toMatchObject({ name: 'Alpha', role: 'primary' });
  const preview = await b.json(resultOf('preview'), 'preview', '--stop', 'Alpha');
  expect(preview).toMatchObject({ serves: [{ server: { name: 'Beta' }, seats: 1 }], stops: [] });

  await a.process.kill();
  await expect.poll(() => servedBy(b), patiently).toMatchObject({ name: 'Beta', role: 'failover' });
  const before = await b.json(leasesSchema, 'lease', 'list');
  expect(before.leases.map(({ id }) => id)).toEqual([seat.lease.id]);
  // The client has found the way to Beta when its lease is renewed there.
  await expect
    .poll(async () => (await b.json(leasesSchema, 'lease', 'list')).leases[0]?.expiresAt, patiently)
    .not.toBe(before.leases[0]?.expiresAt);
  expect((await b.run('status')).stdout).toContain('Failover: NOT READY');

  await a.restart();
  await expect.poll(async () => (await b.run('failback')).status, patiently).toBe(0);
  await expect.poll(() => servedBy(a), patiently).toMatchObject({ name: 'Alpha', role: 'primary' });
  const after = await a.json(leasesSchema, 'lease', 'list');
  expect(after.leases.map(({ id }) => id)).toEqual([seat.lease.id]);
  client.child.stdin?.end();
  expect([await client.exited(), client.stderr.includes('lost')]).toEqual([0, false]);
  expect((await b.json(leasesSchema, 'lease', 'list')).leases).toEqual([]);
});

it('moves the licences over and back by command, drills that, and can be dissolved', async () => {
  const { a, b } = await startBackup();
  const { moves } = await b.json(resultOf('switchover'), 'switchover', '--to', 'Beta');
  expect(moves).toMatchObject([{ from: { name: 'Alpha' }, to: { name: 'Beta' }, licenses: 1 }]);
  expect(await servedBy(a)).toMatchObject({ name: 'Beta', role: 'failover' });
  const dissolved = await a.run('relationship', 'dissolve', '--json');
  expect(JSON.parse(dissolved.stdout)).toMatchObject({ error: { code: 'NOT_SERVING' } });
  await expect.poll(async () => (await a.run('failback')).status, patiently).toBe(0);
  await expect.poll(async () => (await a.run('drill')).status, patiently).toBe(0);
  const { relationship } = await b.json(
    resultOf('relationship.set'),
    ...['relationship', 'set', 'takeoverAfterMs=1500', 'reclaim=manual'],
  );
  expect(relationship.settings).toMatchObject({ takeoverAfterMs: 1_500, reclaim: 'manual' });
  expect(await a.run('relationship', 'dissolve')).toMatchObject({ status: 0 });
  expect((await a.run('relationship', 'show')).stdout).toContain('in no relationship');
  expect(await servedBy(a)).toMatchObject({ name: 'Alpha', role: 'primary' });
});
