import type { z } from 'zod';
import type { ClientConfig } from '../../src-shared/client/client-config.ts';
import { LicenseClient } from '../../src-shared/client/license-client.ts';
import type { VendorTrust } from '../../src-shared/client/vendor-proof.ts';
import { checkoutRequestSchema } from '../../src-shared/contract/client-api.ts';
import { findServers } from './find-servers.ts';
import { HttpsTransport } from './https-transport.ts';
import { KnownServersFile } from './known-servers-file.ts';
import { systemPorts } from './system-ports.ts';

export interface OpenLicenseClientOptions {
  /** Which servers: of `parseClientConfig`, or `clientConfigSchema.parse({ primary: […] })`. */
  config: ClientConfig;
  /**
   * What to ask for. `client.instance` is the identity of the seat: 128 random bits, made when the
   * application starts and the same for as long as it runs.
   */
  request: z.input<typeof checkoutRequestSchema>;
  /** Whose licences count. Without it, a seat of any server that is trusted does. */
  vendor?: VendorTrust | undefined;
  /** Where the keys that servers showed first are kept, such as a file beside the user's settings. */
  knownServersFile: string;
  /** Something that a person should know, such as a server trusted on first use; by default nothing. */
  notify?: ((message: string) => void) | undefined;
}

export interface OpenedLicenseClient {
  client: LicenseClient;
  /** Closes the connections: after `client.return()`, or `client.close()` for a borrowed seat. */
  close(): void;
}

/**
 * A licence client of this process, over HTTPS, on the clocks of this machine.
 *
 * @throws {z.ZodError} the request is not one: a mistake of the program
 */
export function openLicenseClient(options: OpenLicenseClientOptions): OpenedLicenseClient {
  const { config, vendor, knownServersFile, notify = () => undefined } = options;
  const transport = new HttpsTransport();
  const client = new LicenseClient({
    config,
    request: checkoutRequestSchema.parse(options.request),
    vendor,
    ports: {
      ...systemPorts,
      transport,
      knownServers: new KnownServersFile(knownServersFile),
      notify,
      findServers,
    },
  });
  return { client, close: () => transport.close() };
}
