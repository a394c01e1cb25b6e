import { BorrowCourier } from '../../src-shared/client/borrow-courier.ts';
import type { ClientConfig } from '../../src-shared/client/client-config.ts';
import { findServers } from './find-servers.ts';
import { HttpsTransport } from './https-transport.ts';
import { KnownServersFile } from './known-servers-file.ts';
import { systemPorts } from './system-ports.ts';

export interface OpenBorrowCourierOptions {
  config: ClientConfig;
  /** As of `openLicenseClient`. */
  knownServersFile: string;
  notify?: ((message: string) => void) | undefined;
}

/** Carries files of machines that reach no server, over HTTPS. `close` ends the connections. */
export function openBorrowCourier({
  config,
  knownServersFile,
  notify = () => undefined,
}: OpenBorrowCourierOptions): { courier: BorrowCourier; close: () => void } {
  const transport = new HttpsTransport();
  const knownServers = new KnownServersFile(knownServersFile);
  const ports = { ...systemPorts, transport, knownServers, notify, findServers };
  return { courier: new BorrowCourier({ config, ports }), close: () => transport.close() };
}
