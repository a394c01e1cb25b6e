import { describe, expect, it, onTestFinished } from 'vitest';
import { ClientConnection } from '../support/json-request.ts';
import type { LicenseServer } from '../support/license-server.ts';
import { makeVendor } from '../support/licenses.ts';
import { makeTemporaryDirectory } from '../support/temporary-directory.ts';
import { waitFor } from '../support/wait-for.ts';
import { CliProcess } from './cli-process.ts';
import { startServer } from './started-server.ts';

/** A server with one seat that lives for 5 s, and a command that runs while it holds that seat. */
async function startSite(): Promise<{ server: LicenseServer; run: CliProcess }> {
  const server = await startServer('Main');
  await server.install(await makeVendor(), { units: 1, ttlSeconds: 5 });
  const script = 'trap "echo told to end; exit 0" TERM; echo up; while :; do sleep 0.05; done';
  const run = new CliProcess(makeTemporaryDirectory(), [
    ...['client', 'run', '--feature', 'cad', '--server', `127.0.0.1:${server.port}`, '--json'],
    ...['--', 'sh', '-c', script],
  ]);
  onTestFinished(() => run.kill());
  await run.says('up');
  return { server, run };
}

/** Lets the client sleep until its seat has run out; resolves to the id of the lease that it had. */
async function sleepBeyondItsSeat(server: LicenseServer, run: CliProcess): Promise<string> {
  const [lease] = await server.leases('cad');
  if (!lease) throw new Error('it holds no seat');
  run.signal('SIGSTOP');
  await waitFor('the seat has run out', async () => (await server.leases('cad')).length === 0);
  return lease.id;
}

describe('a client that sleeps beyond the time-to-live of its seat', () => {
  it('has a seat of its own again when one is free', async () => {
    const { server, run } = await startSite();
    const former = await sleepBeyondItsSeat(server, run);
    run.signal('SIGCONT');
    const [lease] = await waitFor('it holds a seat', async () => {
      const leases = await server.leases('cad');
      return leases.length > 0 && leases;
    });
    expect(lease?.id).not.toBe(former);
    await waitFor('it says so', () => run.stderr.includes('The seat is safe again'));
    expect(run.stdout).not.toContain('told to end');
    run.signal('SIGTERM');
    expect(await run.exited()).toBe(0);
    expect(await server.leases('cad')).toEqual([]);
    const sessions = (await server.usage()).filter(({ kind }) => kind === 'session');
    expect(sessions).toMatchObject([{ leaseId: former }, { leaseId: lease?.id }]);
  });

  it('ends what it runs when another one has the seat by then, and takes nothing from that one', async () => {
    const { server, run } = await startSite();
    await sleepBeyondItsSeat(server, run);
    const client = new ClientConnection(server.port);
    onTestFinished(() => client.close());
    const granted = await client.checkout('somebody-else');
    expect(granted.status).toBe(201);
    const { lease } = granted.body as { lease: { id: string } };
    run.signal('SIGCONT');
    expect(await run.exited()).toBe(1);
    const [, printed = ''] = run.stdout.split('told to end\n');
    expect(JSON.parse(printed)).toMatchObject({ error: { code: 'SEAT_LOST' } });
    expect(await server.leases('cad')).toMatchObject([{ id: lease.id }]);
    expect((await client.send('POST', `/v1/leases/${lease.id}/renew`)).status).toBe(200);
    expect(await server.timeline('overdraftBegan')).toEqual([]);
  });
});
