import type { NodeParts } from './assemble-node.ts';
import type { ClientService } from '../client-api/client-service.ts';
import { ClientRequests } from '../serving/client-requests.ts';
import { describeLicenses } from '../views/snapshot.ts';
import { TokenReader } from '../identity/token-reader.ts';

/** What the client API needs of the node, from its parts. */
export function assembleClientService(parts: NodeParts): ClientService {
  const { serverId, replicas, ledgerServers, watch, serving, servers, ground, commits } = parts;
  const requests = new ClientRequests({
    serverId,
    replicas,
    servers: ledgerServers,
    watch,
    storeFailure: () => commits.failure,
    tokens: new TokenReader({
      serverId,
      ownKey: ground.identity.publicKey,
      formerKeys: ground.identity.formerKeys,
      publicKeyOf: (id) => servers.publicKeyOf(id),
    }),
  });
  return {
    checkout: (request, token) => requests.checkout(request, token),
    renew: (leaseId, token) => requests.renew(leaseId, token),
    return: (leaseId, token) => requests.return(leaseId, token),
    licenses: () => ({ licenses: describeLicenses(replicas, ledgerServers) }),
    servers: () => serving.servers(),
    health: () => serving.health(),
  };
}
