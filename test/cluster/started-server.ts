import { onTestFinished } from 'vitest';
import { ClientConnection } from '../support/json-request.ts';
import { LicenseServer } from '../support/license-server.ts';
import { makeTemporaryDirectory } from '../support/temporary-directory.ts';

/** A server that runs, in a new directory; killed after the test. */
export async function startServer(name: string): Promise<LicenseServer> {
  const server = new LicenseServer({ name, dataDirectory: makeTemporaryDirectory() });
  onTestFinished(() => server.kill());
  await server.start();
  return server;
}

/** A connection of a client, closed after the test. */
export function connect({ port }: Pick<LicenseServer, 'port'>): ClientConnection {
  const client = new ClientConnection(port);
  onTestFinished(() => client.close());
  return client;
}
