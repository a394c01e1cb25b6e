import { expect } from 'vitest';
import { ClientConnection } from '../support/json-request.ts';
import type { LicenseServer } from '../support/license-server.ts';
import { startServer } from './started-server.ts';

const connectionCount = 8;

/** A server that takes as many requests as a test makes. */
export async function startBusyServer(name: string): Promise<LicenseServer> {
  const server = await startServer(name);
  await server.call('settings.set', { requestsPerSecondMax: 1_000_000 });
  return server;
}

/** Resolves to the id of the lease. */
export async function takeSeat(client: ClientConnection, instance: string): Promise<string> {
  const { status, body } = await client.checkout(instance);
  expect(status).toBe(201);
  return (body as { lease: { id: string } }).lease.id;
}

/** Takes seats and gives them back; resolves to the ids of the leases. */
export async function holdSessions(server: LicenseServer, count: number): Promise<string[]> {
  const ids: string[] = [];
  let begun = 0;
  const work = async () => {
    const client = new ClientConnection(server.port);
    while (begun < count) {
      const id = await takeSeat(client, `session-${begun++}`);
      const returned = await client.send('DELETE', `/v1/leases/${id}`);
      expect(returned.status).toBeLessThan(300);
      ids.push(id);
    }
    client.close();
  };
  await Promise.all(Array.from({ length: connectionCount }, work));
  return ids.sort();
}

/** Ids of the leases in usage, sorted. */
export async function sessionsAt(server: LicenseServer): Promise<string[]> {
  const records = await server.usage();
  return records.flatMap((record) => (record.kind === 'session' ? record.leaseId : [])).sort();
}
