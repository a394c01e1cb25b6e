import type { ClientConfig } from '../../../src-shared/client/client-config.ts';
import type {
  ClientPorts,
  TransportResult,
  TrustVerdict,
} from '../../../src-shared/client/client-ports.ts';
import type { Tier } from '../../../src-shared/client/attempt.ts';
import { quickConnectMs } from '../../../src-shared/client/rounds.ts';
import { normaliseTarget, targetOfUrl } from '../../../src-shared/client/target.ts';
import { decideTrust } from '../../../src-shared/client/trust.ts';
import {
  type HealthAnswer,
  healthAnswerSchema,
  serversAnswerSchema,
} from '../../../src-shared/contract/client-api.ts';
import { parseJson } from '../../../src-shared/model/json.ts';

/** How a client comes to ask a server. */
export type PathSource = 'named' | 'found' | 'partner';

/** A server that this workstation would try, and what it says now. */
export interface PathServer {
  tier: Tier;
  /** `host:port`. */
  server: string;
  source: PathSource;
  /** From the start of the connection to the whole answer. */
  ms: number;
  /** `unknown`: it answers, and not as a licence server does. */
  state: HealthAnswer['status'] | 'unreachable' | 'distrusted' | 'unknown';
  /** Why it cannot be used; empty where it can. */
  detail: string;
  /** Its key; null: it showed none. */
  id: string | null;
  /** It is met for the first time. */
  isNew: boolean;
  /** What it costs a start, when a server after it is to be reached, in ms. */
  costMs: number;
}

export interface PathTestOptions {
  config: ClientConfig;
  ports: Pick<ClientPorts, 'transport' | 'knownServers' | 'monotonicMs'>;
  /** Servers that were found on the network, in the place of named ones. */
  found: readonly string[];
}

interface Path {
  tier: Tier;
  server: string;
  source: PathSource;
}

/**
 * Every server that a client of this configuration would try, in the order in which it would, with what each
 * answers. Changes nothing: no seat is asked for, and no key is remembered.
 */
export async function testPath(options: PathTestOptions): Promise<PathServer[]> {
  const { config, found } = options;
  const named = (tier: Tier): Path[] =>
    config[tier].map((server) => ({ tier, server: normaliseTarget(server), source: 'named' }));
  const searched = found.map((server): Path => ({
    tier: 'primary',
    server: normaliseTarget(server),
    source: 'found',
  }));
  const results: PathServer[] = [];
  for (const tier of ['primary', 'secondary'] as const) {
    const asked = tier === 'primary' ? [...named(tier), ...searched] : named(tier);
    const tested = await Promise.all(asked.map((path) => testServer(options, path)));
    results.push(...tested.map(({ result }) => result));
    const known = new Set(results.map(({ server }) => server));
    const ids = new Set(results.map(({ id }) => id));
    const partners = tested.flatMap(({ partners: told }) => told);
    for (const { id, server } of partners) {
      if (known.has(server) || ids.has(id)) continue;
      known.add(server);
      ids.add(id);
      const { result } = await testServer(options, { tier, server, source: 'partner' });
      results.push(result);
    }
  }
  return results;
}

interface Tested {
  result: PathServer;
  /** Those that it names as keeping the same licences. */
  partners: { id: string; server: string }[];
}

async function testServer(options: PathTestOptions, path: Path): Promise<Tested> {
  const { config, ports } = options;
  const beginMs = ports.monotonicMs();
  let id: string | null = null;
  let isNew = false;
  const checkIdentity = async (fingerprint: string): Promise<TrustVerdict> => {
    id = fingerprint;
    return decideTrust({
      target: path.server,
      fingerprint,
      accepted: config.fingerprints,
      vouched: [],
      knownServers: {
        find: (target) => ports.knownServers.find(target),
        namedBy: (server) => ports.knownServers.namedBy(server),
        describeRemoval: (target) => ports.knownServers.describeRemoval(target),
        remember: async () => {
          isNew = true;
          return null;
        },
        rememberNamed: async () => null,
      },
      notify: () => undefined,
    });
  };
  const ask = (where: string) =>
    ports.transport.send({
      target: path.server,
      method: 'GET',
      path: where,
      headers: {},
      connectTimeoutMs: config.timeoutMs,
      answerTimeoutMs: config.timeoutMs,
      checkIdentity,
    });
  const health = await ask('/healthz');
  const ms = Math.round(ports.monotonicMs() - beginMs);
  const said = readHealth(health);
  const isUsable = said.state === 'serving' || said.state === 'standby';
  const partners = isUsable ? readPartners(await ask('/v1/servers')) : [];
  const costMs = costOf(health, ms, config);
  return { result: { ...path, ms, ...said, id, isNew, costMs }, partners };
}

function readHealth(result: TransportResult): Pick<PathServer, 'state' | 'detail'> {
  if (result.type !== 'answered') return { state: result.type, detail: result.detail };
  const parsed = healthAnswerSchema.safeParse(parseJson(result.body));
  if (!parsed.success) {
    return { state: 'unknown', detail: 'It does not answer as a licence server does.' };
  }
  const { status, reasons } = parsed.data;
  const detail = status === 'unavailable' ? reasons.map(({ message }) => message).join(' ') : '';
  return { state: status, detail };
}

function readPartners(result: TransportResult): Tested['partners'] {
  const parsed =
    result.type === 'answered' ? serversAnswerSchema.safeParse(parseJson(result.body)) : null;
  if (!parsed?.success) return [];
  return parsed.data.servers.flatMap(({ id, url }) => {
    const server = targetOfUrl(url);
    return server === null ? [] : [{ id, server }];
  });
}

/** A server that says no costs what it takes to say so; one that says nothing, the limit there is for it. */
function costOf(result: TransportResult, ms: number, { timeoutMs }: ClientConfig): number {
  if (result.type !== 'unreachable') return ms;
  if (result.reason === 'noConnection') return Math.min(quickConnectMs, timeoutMs);
  return result.reason === 'timeout' ? timeoutMs : ms;
}

/** Where a start would find its seat, and after which time; null: nowhere. */
export function whoAnswers(
  servers: readonly PathServer[],
): { server: PathServer; afterMs: number } | null {
  let afterMs = 0;
  for (const server of servers) {
    afterMs += server.costMs;
    // A standby sends the client on to the one that serves.
    if (server.state === 'serving' || server.state === 'standby') return { server, afterMs };
  }
  return null;
}
