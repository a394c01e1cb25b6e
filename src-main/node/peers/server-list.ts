import { formatInstant } from '../../../src-shared/model/scalars.ts';
import type { ServerRow } from '../../../src-shared/model/server-row.ts';
import type { LinkStatus } from './link/link-event.ts';
import { describeCopy, describeUnknownThere } from './link/link-problem.ts';
import type { PairedServer } from './pairing/paired-servers.ts';
import type { FoundServer } from './discovery/found-servers.ts';

/** A server as the links know it; what it has of the ledgers is not theirs to say. */
export type ListedServer = Omit<ServerRow, 'synchronised'>;

/** Paired servers in the order of their pairing, then those that were only found, by name. */
export function listServers(
  paired: readonly PairedServer[],
  foundServers: readonly FoundServer[],
  statusOf: (id: string) => LinkStatus | undefined,
): ListedServer[] {
  const foundById = new Map(foundServers.map((server) => [server.id, server]));
  const rows = paired.map((server) => {
    const found = foundById.get(server.id);
    foundById.delete(server.id);
    return describePaired(server, found, statusOf(server.id));
  });
  const found = [...foundById.values()].sort((a, b) => a.name.localeCompare(b.name));
  return [...rows, ...found.map(describeFound)];
}

function describePaired(
  server: PairedServer,
  found: FoundServer | undefined,
  status: LinkStatus | undefined,
): ListedServer {
  const addresses = [...new Set([...server.addresses, ...(found?.addresses ?? [])])];
  const { clockDifferenceMs = null, roundTripMs = null } = status ?? {};
  return {
    id: server.id,
    name: server.name,
    address: status?.address ?? addresses[0] ?? '',
    discovered: found !== undefined,
    paired: !server.endedByOther,
    connected: status?.connected ?? false,
    clockDifferenceMs: clockDifferenceMs === null ? null : Math.round(clockDifferenceMs),
    roundTripMs: roundTripMs === null ? null : Math.round(roundTripMs * 10) / 10,
    version: status?.version ?? null,
    pairedAt: formatInstant(server.pairedAtMs),
    putBackAt: server.putBackAtMs === undefined ? null : formatInstant(server.putBackAtMs),
    pairing: server.endedByOther ? 'ended' : 'paired',
    problem: server.endedByOther ? describeEnd(server) : problemOf(server.name, status),
    addresses,
    consent: server.endedByOther ? [] : (server.consent ?? []),
  };
}

function problemOf(name: string, status: LinkStatus | undefined): ListedServer['problem'] {
  const { copyAt = null, problem = null } = status ?? {};
  if (copyAt === null) return problem;
  return { code: 'SAME_IDENTITY', message: describeCopy(name, copyAt) };
}

function describeEnd({ name, unknownThere }: PairedServer): ListedServer['problem'] {
  const message = unknownThere
    ? describeUnknownThere(name)
    : 'The other server has ended the pairing. Pair the two again, or forget it here too.';
  return { code: 'NOT_PAIRED', message };
}

function describeFound({ id, name, addresses }: FoundServer): ListedServer {
  return {
    id,
    name,
    address: addresses[0] ?? '',
    discovered: true,
    paired: false,
    connected: false,
    clockDifferenceMs: null,
    roundTripMs: null,
    version: null,
    pairedAt: null,
    putBackAt: null,
    pairing: 'none',
    problem: null,
    addresses,
    consent: [],
  };
}
