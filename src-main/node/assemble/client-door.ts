import { startClientApi } from '../client-api/client-api.ts';
import type { StartClientApi } from '../client-api/client-port.ts';
import type { ClientService } from '../client-api/client-service.ts';
import { formatPublicKey } from '../identity/key-file.ts';
import { TokenReader } from '../identity/token-reader.ts';
import { peerAlpn } from '../peers/link/link-message.ts';
import { ClientRequests } from '../serving/client-requests.ts';
import { readFigures } from '../views/node-figures.ts';
import { licenseStatuses } from '../views/snapshot.ts';
import type { BelowDoors, Standing } from './doors.ts';

/** What answers at the client port, for programs that need a licence; other servers pass on. */
export function makeClientDoor(below: BelowDoors, standing: Standing): StartClientApi {
  const { options, identity, log, port, servers, readiness } = below;
  const service = makeClientService(below, standing);
  const figures = () =>
    readFigures({
      ...below,
      ...standing,
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

function makeClientService(
  { serverId, identity, commits, servers, replicas, watch }: BelowDoors,
  { ledgerServers, serving }: Standing,
): ClientService {
  const requests = new ClientRequests({
    serverId,
    serverKey: formatPublicKey(identity.publicKey),
    replicas,
    ledgerServers,
    watch,
    storeFailure: () => commits.failure,
    tokens: new TokenReader({
      serverId,
      ownKey: identity.publicKey,
      formerKeys: identity.formerKeys,
      publicKeyOf: (id) => servers.publicKeyOf(id),
    }),
  });
  return {
    checkout: (request, call) => requests.checkout(request, call),
    renew: (leaseId, call) => requests.renew(leaseId, call),
    return: (leaseId, call) => requests.return(leaseId, call),
    licenses: () => ({ licenses: licenseStatuses(replicas, ledgerServers) }),
    servers: (cameBy) => serving.servers(cameBy),
    health: () => serving.health(),
  };
}
