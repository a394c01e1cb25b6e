import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import { adminAddress } from '../../src-main/admin/admin-address.ts';
import { AdminClient } from '../../src-main/admin/admin-client.ts';
import { adminErrorSchema } from '../../src-shared/contract/admin-error.ts';
import { adminContract } from '../../src-shared/contract/admin.ts';
import { leaseAnswerSchema } from '../../src-shared/contract/client-api.ts';
import { listedLeaseSchema } from '../../src-shared/model/lease.ts';
import { makeLicenseFile, makeVendor } from '../support/licenses.ts';
import { startServe } from '../support/node.ts';
import { makeTemporaryDirectory } from '../support/temporary-directory.ts';
import { CliProcess } from './cli-process.ts';

const failureSchema = z.object({ error: z.object({ code: z.string(), message: z.string() }) });
const refusalSchema = z.object({
  error: adminErrorSchema.shape.error.extend({ code: z.string() }),
});
const seatSchema = leaseAnswerSchema
  .pick({ lease: true, token: true, term: true, servedBy: true })
  .extend({ server: z.string(), instance: z.string() });

/** A server, a licence for one seat of "drafting", and a place to run commands. */
async function startSite(ttlSeconds = 60) {
  const home = makeTemporaryDirectory();
  const dataDirectory = join(home, 'data');
  const server = startServe(dataDirectory);
  const { port } = await server.ready();
  const site = {
    home,
    server,
    /** Options of a client for a seat of this server. */
    seat: ['--feature', 'drafting', '--server', `127.0.0.1:${port}`],
    /** Starts a command about this server. */
    start: (...args: string[]) => {
      const command = new CliProcess(home, args);
      onTestFinished(() => command.kill());
      return command;
    },
    /** Runs a command to its end and reads the one document that it printed. */
    json: async <S extends z.ZodType>(schema: S, ...args: string[]): Promise<z.output<S>> => {
      const command = site.start(...args, '--json', '--data-dir', dataDirectory);
      await command.exited();
      return schema.parse(JSON.parse(command.stdout));
    },
  };
  return {
    ...site,
    /** Trusts a vendor and installs its licence, without the commands that do so. */
    install: async () => {
      const admin = new AdminClient({ address: adminAddress(dataDirectory) });
      const vendor = await makeVendor();
      await admin.call('vendor.trust', { content: vendor.publicFile });
      const grant = { id: 'acme-cad.drafting', feature: 'drafting', units: 1, ttlSeconds };
      const content = await makeLicenseFile(vendor, grant);
      const imported = await admin.call('license.import', { content, fileName: 'a.lic' });
      if (!imported.ok) throw new Error(imported.message);
    },
  };
}

it('goes from a key to a seat and its usage, every step in JSON', async () => {
  const site = await startSite();
  const keySchema = z.strictObject({ keyFile: z.string(), publicKeyFile: z.string() });
  const key = await site.json(keySchema, 'issue', 'keygen', '--vendor', 'Acme', '--out', 'k');
  const spec = { product: 'Acme CAD', feature: 'drafting', units: 3 };
  writeFileSync(join(site.home, 'spec.json'), JSON.stringify(spec));
  const signedSchema = z.strictObject({
    file: z.string(),
    licenses: z.array(z.object({})),
    warnings: z.array(z.string()),
  });
  await site.json(signedSchema, 'issue', 'license', 'spec.json', '--key', 'k', '--out', 'a.lic');
  const untrusted = await site.json(refusalSchema, 'license', 'import', 'a.lic');
  expect(untrusted.error.code).toBe('LICENSE_VENDOR_UNTRUSTED');

  const trust = adminContract['vendor.trust'].result;
  const { vendor } = await site.json(trust, 'vendor', 'trust', key.publicKeyFile);
  const vendors = await site.json(adminContract['vendor.list'].result, 'vendor', 'list');
  expect(vendors.vendors).toContainEqual(vendor);

  const changesSchema = adminContract['license.import'].result;
  const planned = await site.json(changesSchema, 'license', 'diff', 'a.lic');
  const done = await site.json(changesSchema, 'license', 'import', 'a.lic');
  expect(done).toEqual(planned);
  expect(done.changes).toMatchObject([{ id: 'acme-cad.drafting', kind: 'new' }]);

  const held = site.start(
    ...['client', 'run', ...site.seat],
    ...['--user', 'ann', '--host', 'ws-1', '--', 'sh', '-c', 'echo up; read line; exit 7'],
  );
  await held.says('up');
  const listSchema = z.strictObject({ leases: z.array(listedLeaseSchema) });
  const { leases } = await site.json(listSchema, 'lease', 'list');
  expect(leases).toMatchObject([{ units: 1, holder: { user: 'ann', host: 'ws-1', app: 'sh' } }]);
  const licenses = await site.json(adminContract['license.list'].result, 'license', 'list');
  expect(licenses.licenses).toMatchObject([{ units: 3, inUse: 1 }]);

  held.write('on\n');
  expect(await held.exited()).toBe(7);
  expect(await site.json(listSchema, 'lease', 'list')).toEqual({ leases: [] });

  const checkout = site.start('client', 'checkout', '--json', ...site.seat);
  await checkout.says('"instance"');
  const seat = seatSchema.parse(JSON.parse(checkout.stdout));
  await site.json(z.strictObject({}), 'lease', 'release', seat.lease.id);
  const again = await site.json(failureSchema, 'lease', 'release', seat.lease.id);
  expect(again.error.code).toBe('NO_SUCH_LEASE');
  checkout.signal('SIGTERM');
  expect(await checkout.exited()).toBe(0);

  const usage = await site.json(adminContract['usage.report'].result, 'usage');
  expect(usage.summaries).toMatchObject([{ license: 'acme-cad.drafting', sessions: 2 }]);
  const events = await site.json(adminContract['events.list'].result, 'events');
  expect(events.events.map(({ kind }) => kind)).toEqual([
    'serverStarted',
    'licenseRefused',
    'vendorTrusted',
    'licenseInstalled',
    'leaseReleased',
  ]);
  const status = await site.json(adminContract.status.result, 'status');
  expect(status.ledgers).toMatchObject([{ here: 'active' }]);
});

it('passes signals on to the command that it runs, and gives the seat back', async () => {
  const site = await startSite();
  await site.install();
  const script = 'trap "echo told to end; exit 5" TERM; echo up; while :; do sleep 0.05; done';
  const run = site.start('client', 'run', ...site.seat, '--', 'sh', '-c', script);
  await run.says('up');
  const full = site.start('client', 'run', ...site.seat, '--json', '--', 'echo', 'never');
  expect(await full.exited()).toBe(1);
  expect(failureSchema.parse(JSON.parse(full.stdout)).error.code).toBe('LS_INSUFFICIENTUNITS');
  run.signal('SIGTERM');
  expect(await run.exited()).toBe(5);
  expect(run.stdout).toContain('told to end');
  const next = site.start('client', 'run', ...site.seat, '--', 'echo', 'now');
  expect(await next.exited()).toBe(0);
  expect(next.stdout).toBe('now\n');
});

it('says that a command cannot be run, and keeps no seat for it', async () => {
  const site = await startSite();
  await site.install();
  const run = site.start('client', 'run', ...site.seat, '--json', '--', 'no-such-program');
  expect(await run.exited()).toBe(1);
  expect(failureSchema.parse(JSON.parse(run.stdout)).error.code).toBe('COMMAND_NOT_RUN');
  const { leases } = await site.json(
    adminContract['lease.list'].result.pick({ leases: true }),
    'lease',
    'list',
  );
  expect(leases).toEqual([]);
});

it('ends the command when its seat is lost', async () => {
  const site = await startSite(5);
  await site.install();
  const script = 'trap "echo told to end; exit 0" TERM; echo up; while :; do sleep 0.05; done';
  const run = site.start(
    ...['client', 'run', ...site.seat, '--grace-seconds', '0', '--json'],
    ...['--', 'sh', '-c', script],
  );
  await run.says('up');
  await site.server.kill();
  expect(await run.exited()).toBe(1);
  const [, printed] = run.stdout.split('told to end\n');
  expect(failureSchema.parse(JSON.parse(printed ?? '')).error.code).toBe('SEAT_LOST');
});

it('refuses a server whose key has changed', async () => {
  const site = await startSite();
  await site.install();
  const first = site.start('client', 'run', ...site.seat, '--', 'true');
  expect(await first.exited()).toBe(0);
  const known = join(site.home, 'Understudy', 'known-servers.json');
  const other = 'ab'.repeat(32);
  writeFileSync(known, readFileSync(known, 'utf8').replace(/[0-9a-f]{64}/, other));
  const second = site.start('client', 'run', ...site.seat, '--json', '--', 'true');
  expect(await second.exited()).toBe(1);
  const { error } = failureSchema.parse(JSON.parse(second.stdout));
  expect(error.code).toBe('SERVER_NOT_TRUSTED');
  expect(error.message).toContain(known);
});

it('is quiet when nobody reads its output, and ends a checkout with its stdin', async () => {
  const site = await startSite();
  await site.install();
  const events = site.start('events', '--follow', '--data-dir', join(site.home, 'data'));
  await events.says('was installed');
  events.child.stdout?.destroy();
  const checkout = site.start('client', 'checkout', ...site.seat, '--end-with-stdin');
  await checkout.says('Lease ');
  checkout.child.stdin?.end();
  expect(await checkout.exited()).toBe(0);
  await site.json(z.object({}), 'license', 'remove', 'acme-cad.drafting');
  expect(await events.exited()).toBe(0);
  expect(events.stderr).toBe('');
});
