import { networkInterfaces } from 'node:os';
import { systemClock } from '../base/clock.ts';
import { formatPublicKey } from '../identity/key-file.ts';
import { TokenReader } from '../identity/token-reader.ts';
import { ClientRequests } from '../serving/client-requests.ts';
import { LedgerServers } from '../serving/ledger-servers.ts';
import { ServingStatus } from '../serving/serving-status.ts';
import type { Ground } from './ground.ts';
import type { Links } from './links.ts';
import type { ReplicaLayer } from './replica-layer.ts';

/** How this server stands to the world: who serves what, and what becomes of a client's request. */
export interface ServingLayer {
  ledgerServers: LedgerServers;
  serving: ServingStatus;
  requests: ClientRequests;
}

export function makeServingLayer(below: Ground & Links & ReplicaLayer): ServingLayer {
  const { events, serverId, identity, commits, port, servers, replicas, missing, watch } = below;
  const nowMs = () => systemClock().wallMs;
  const isOpen = () => port.isOpen;
  const storeFailure = () => commits.failure;
  const ledgerServers = new LedgerServers({
    serverId,
    nowMs,
    nameOf: (id) => servers.nameOf(id),
    addressesOf: (id) => servers.clientAddressesOf(id),
    interfaces: networkInterfaces,
    isOpen,
  });
  const serving = new ServingStatus({
    replicas,
    ledgerServers,
    listen: () => port.status(),
    storeFailure,
    missing: () => missing.status(),
    nowMs,
  });
  events.on('activeChanged', () => serving.note());
  events.on('settingsChanged', ledgerServers.forget);
  events.on('portChanged', ledgerServers.forget);
  events.on('serversChanged', ledgerServers.forget);
  const requests = new ClientRequests({
    serverId,
    serverKey: formatPublicKey(identity.publicKey),
    replicas,
    ledgerServers,
    watch,
    storeFailure,
    tokens: new TokenReader({
      serverId,
      ownKey: identity.publicKey,
      formerKeys: identity.formerKeys,
      publicKeyOf: (id) => servers.publicKeyOf(id),
    }),
  });
  return { ledgerServers, serving, requests };
}
