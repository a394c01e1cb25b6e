import { existsSync } from 'node:fs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ClientConnection } from '../support/json-request.ts';
import { LicenseServer } from '../support/license-server.ts';
import { makeVendor } from '../support/licenses.ts';
import { skipFor } from '../support/skip.ts';
import { makeTemporaryDirectory } from '../support/temporary-directory.ts';
import { waitFor } from '../support/wait-for.ts';

const library = '/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1';
const missing = existsSync(library)
  ? null
  : 'libfaketime, which sets the clock of one process, is not installed';

const dayMs = 86_400_000;

/** Starts a server whose clock, and nothing else of the host, is some days ahead. */
async function start(dataDirectory: string, daysAhead = 0): Promise<LicenseServer> {
  const faked = [
    'env',
    `LD_PRELOAD=${library}`,
    `FAKETIME=+${daysAhead}d`,
    'FAKETIME_DONT_FAKE_MONOTONIC=1',
  ];
  const under = daysAhead === 0 ? {} : { under: faked };
  const server = new LicenseServer({ name: 'Main', dataDirectory, ...under });
  onTestFinished(() => server.kill());
  await server.start();
  return server;
}

async function clockAt(server: LicenseServer) {
  const { ledgers } = await server.call('snapshot', {});
  return ledgers[0]?.clock;
}

describe('a server that was once started with its clock two years ahead', skipFor(missing), () => {
  it('ends nothing by it, says so, and serves by the right time afterwards', async () => {
    const dataDirectory = makeTemporaryDirectory();
    const vendor = await makeVendor();
    const expires = new Date(Date.now() + 90 * dayMs).toISOString().replace(/\.\d+Z$/, 'Z');
    const first = await start(dataDirectory);
    await first.install(vendor, { units: 2, expires });
    await first.stop();

    const wrong = await start(dataDirectory, 730);
    await waitFor('the clock is doubted', async () => {
      return (await clockAt(wrong))?.state === 'unconfirmed';
    });
    const { licenses } = await wrong.call('snapshot', {});
    expect(licenses).toMatchObject([{ validity: 'valid' }]);
    await waitFor('the timeline says so', async () => {
      return (await wrong.timeline('clockSetForward')).length === 1;
    });
    await wrong.stop();

    const right = await start(dataDirectory);
    const client = new ClientConnection(right.port);
    onTestFinished(() => client.close());
    const { status, body } = await client.checkout('i-1');
    expect(status).toBe(201);
    const { lease } = body as { lease: { grantedAt: string } };
    expect(Math.abs(Date.parse(lease.grantedAt) - Date.now())).toBeLessThan(60_000);
    await right.install(vendor, { units: 2, serial: 2, expires });
    expect(await clockAt(right)).toMatchObject({ state: 'believed', confirmsInSeconds: null });
    expect(await right.call('clock.accept', {})).toMatchObject({
      ledgerTime: expect.stringContaining(new Date().toISOString().slice(0, 10)),
    });
    expect(await right.timeline('licenseExpired')).toEqual([]);
  });
});
