import { startClientApi } from '../client-api/client-api.ts';
import type { StartClientApi } from '../client-api/client-port.ts';
import type { ClientService } from '../client-api/client-service.ts';
import { peerAlpn } from '../peers/link/link-message.ts';
import { readFigures } from '../views/node-figures.ts';
import { licenseStatuses } from '../views/snapshot.ts';
import type { BelowDoors } from './doors.ts';

/** What answers at the client port, for programs that need a licence; other servers pass on. */
export function makeClientDoor(below: BelowDoors): StartClientApi {
  const { options, identity, log, port, servers, readiness } = below;
  const service = makeClientService(below);
  const figures = () =>
    readFigures({
      ...below,
      isReady: () => readiness().ready,
      isOpen: () => port.isOpen,
    });
  return (settings) =>
    startClientApi({
      identity,
      peers: {
        alpn: peerAlpn,
        take: (socket) => servers.take(socket),
        isReserved: (address) => servers.isAtHome(address),
      },
      service,
      figures,
      settings,
      version: options.version,
      log,
    });
}

function makeClientService({
  replicas,
  ledgerServers,
  serving,
  requests,
}: BelowDoors): ClientService {
  return {
    checkout: (request, call) => requests.checkout(request, call),
    renew: (leaseId, call) => requests.renew(leaseId, call),
    return: (leaseId, call) => requests.return(leaseId, call),
    borrow: (file, call) => requests.borrow(file, call),
    endBorrow: (file, call) => requests.endBorrow(file, call),
    licenses: () => ({ licenses: licenseStatuses(replicas, ledgerServers) }),
    servers: (cameBy) => serving.servers(cameBy),
    health: () => serving.health(),
  };
}
