import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { ClientRequests } from '../../../src-main/node/serving/client-requests.ts';
import { formatPublicKey } from '../../../src-main/node/identity/key-file.ts';
import { serverIdOf } from '../../../src-main/node/identity/server-id.ts';
import { LedgerServers } from '../../../src-main/node/serving/ledger-servers.ts';
import type {
  HostedReplica,
  RequestOutcome,
  RequestInput,
} from '../../../src-main/node/replicas/hosted-replica.ts';
import type { Replicas } from '../../../src-main/node/replicas/replicas.ts';
import { ServingWatch } from '../../../src-main/node/replicas/serving-watch.ts';
import { TokenReader } from '../../../src-main/node/identity/token-reader.ts';
import { signToken } from '../../../src-main/node/identity/sign-token.ts';
import type { CheckoutRequest, TokenClaims } from '../../../src-shared/contract/client-api.ts';
import { type LedgerConfig, soloConfig } from '../../../src-shared/model/ledger-config.ts';
import { makeLedgerView } from '../../support/ledger-views.ts';
import { pairConfig } from '../../support/peer-messages.ts';
import { leaseIdOf, makeInstalledLicense, makeLease, nowMs } from '../../support/records.ts';

const own = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const other = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const ownId = serverIdOf(own.publicKey);
const otherId = serverIdOf(other.publicKey);
const otherKey = other.publicKey.export({ format: 'der', type: 'spki' }).toString('base64');

const request: CheckoutRequest = {
  feature: 'cad',
  units: 1,
  client: { instance: 'instance-1', user: 'anna', host: 'pc-1' },
};

function configOf(...members: string[]): LedgerConfig {
  return { ...pairConfig, membership: { members, witness: null, rule: 'continuity' } };
}

/** This server votes there and keeps no licences. */
const witnessed: LedgerConfig['membership'] = {
  members: [otherId],
  witness: ownId,
  rule: 'majority',
};

type Answer = (input: RequestInput) => RequestOutcome;

interface FakeLedger {
  replica: HostedReplica;
  asked: RequestInput[];
}

/** A ledger of this server and another that answers as a test says. */
function makeLedger(
  id: string,
  answer: Answer,
  {
    config = configOf(ownId, otherId),
    active = ownId,
    holds = false,
  }: { config?: LedgerConfig; active?: string | null; holds?: boolean } = {},
): FakeLedger {
  const asked: RequestInput[] = [];
  const base = makeLedgerView({
    config,
    self: ownId,
    view: { active, serving: active === ownId, term: { number: 4, member: active ?? '' } },
    licenses: [makeInstalledLicense({ redundancy: 'backup' })],
    leases: holds ? [makeLease(1)] : [],
  });
  const ledger = Object.assign(base, {
    id,
    request: async (input: RequestInput) => {
      asked.push(input);
      return answer(input);
    },
  });
  return { replica: ledger, asked };
}

const callWith = (token: string | null) => ({ token, cameBy: '192.0.2.1' });

const otherAddresses = ['backup:7470', '192.0.2.9:7470'];

function makeRequests(...ledgers: FakeLedger[]): ClientRequests {
  const all = ledgers.map(({ replica }) => replica);
  return new ClientRequests({
    serverId: ownId,
    serverKey: formatPublicKey(own.publicKey),
    replicas: {
      all: () => [...all],
      own: () => all[0],
      get: (id: string) => all.find((replica) => replica.id === id),
    } as unknown as Replicas,
    ledgerServers: new LedgerServers({
      serverId: ownId,
      nowMs: () => nowMs,
      nameOf: (id) => (id === ownId ? 'Main' : 'Backup'),
      addressesOf: (id) => (id === otherId ? otherAddresses : ['main:7470']),
      interfaces: () => ({}),
      isOpen: () => true,
    }),
    tokens: new TokenReader({
      serverId: ownId,
      ownKey: own.publicKey,
      formerKeys: new Map(),
      publicKeyOf: (id) => (id === otherId ? otherKey : undefined),
    }),
    watch: new ServingWatch(() => true),
    storeFailure: () => 'the disk is full',
  });
}

const granted: Answer = () => ({
  type: 'answered',
  reply: {
    type: 'leaseGranted',
    created: true,
    terms: { lease: makeLease(1), term: 4, ttlSeconds: 60, endsAtMs: nowMs + 60_000 },
  } as never,
  token: 'a.b.c',
});
const refused =
  (code: string): Answer =>
  () => ({
    type: 'answered',
    reply: { type: 'refused', code, detail: code } as never,
    token: null,
  });
const notServing =
  (reason: string, active: string | null = null): Answer =>
  () => ({ type: 'notServing', reason: reason as never, active });

function tokenOf(claims: Partial<TokenClaims>, key = own): string {
  const all: TokenClaims = {
    iss: serverIdOf(key.publicKey),
    ledger: 'ledger-a',
    term: 4,
    lease: leaseIdOf(1),
    license: 'acme-cad',
    feature: 'cad',
    units: 1,
    holder: 'instance-1',
    iat: 1,
    exp: 2,
    ...claims,
  };
  return signToken(all, key.privateKey);
}

describe('a checkout', () => {
  it('is of the own ledger before one of another server, and of one served here before that', async () => {
    const elsewhere = { config: configOf(ownId, otherId), active: otherId };
    const away = makeLedger('ledger-a', notServing('standby', otherId), elsewhere);
    const theirs = makeLedger('ledger-b', granted, { config: configOf(otherId, ownId) });
    const mine = makeLedger('ledger-c', granted, { config: soloConfig(ownId) });
    const requests = makeRequests(away, theirs, mine);
    expect(await requests.checkout(request, callWith(null))).toMatchObject({ type: 'lease' });
    expect([away, theirs, mine].map(({ asked }) => asked.length)).toEqual([0, 0, 1]);
  });

  it('goes to the ledger that the token names', async () => {
    const mine = makeLedger('ledger-c', granted, { config: soloConfig(ownId) });
    const theirs = makeLedger('ledger-b', granted, { config: configOf(otherId, ownId) });
    const requests = makeRequests(mine, theirs);
    await requests.checkout(request, callWith(tokenOf({ ledger: 'ledger-b' })));
    expect([mine, theirs].map(({ asked }) => asked.length)).toEqual([0, 1]);
  });

  it('tries the next ledger, and is refused by what the user can do most about', async () => {
    const full = makeLedger('ledger-a', refused('LS_INSUFFICIENTUNITS'));
    const over = makeLedger('ledger-b', refused('LS_LICENSE_EXPIRED'));
    const two = makeRequests(full, over);
    expect(await two.checkout(request, callWith(null))).toMatchObject({
      code: 'LS_INSUFFICIENTUNITS',
    });
    const turned = makeRequests(over, full);
    expect(await turned.checkout(request, callWith(null))).toMatchObject({
      code: 'LS_INSUFFICIENTUNITS',
    });
    const third = makeLedger('ledger-c', granted);
    expect(await makeRequests(over, full, third).checkout(request, callWith(null))).toMatchObject({
      type: 'lease',
      answer: { servedBy: { id: ownId, role: 'primary' } },
    });
  });

  it('is redirected to the server that serves', async () => {
    const away = makeLedger('ledger-a', notServing('standby', otherId), { active: otherId });
    expect(await makeRequests(away).checkout(request, callWith(null))).toEqual({
      type: 'redirect',
      urls: ['https://backup:7470', 'https://192.0.2.9:7470'],
    });
  });

  it.each([
    ['noMajority', 'LS_MAJORITY_RULE_FAILURE', 1],
    ['synchronising', 'LS_SERVER_SYNC_IN_PROGRESS', 1],
    ['storeFailed', 'LS_LEADER_NOT_PRESENT', 5],
    ['copied', 'LS_LEADER_NOT_PRESENT', 1],
  ])('that nobody decides says why: %s', async (reason, code, retryAfterSeconds) => {
    const ledger = makeLedger('ledger-a', notServing(reason));
    expect(await makeRequests(ledger).checkout(request, callWith(null))).toMatchObject({
      type: 'refused',
      code,
      retryAfterSeconds,
    });
  });
});

describe('a renewal', () => {
  it('that was lost with a write is asked anew', async () => {
    let count = 0;
    const ledger = makeLedger(
      'ledger-a',
      (input) => (++count === 1 ? notServing('storeFailed')(input) : granted(input)),
      { holds: true },
    );
    expect(await makeRequests(ledger).renew(leaseIdOf(1), callWith(null))).toMatchObject({
      type: 'lease',
    });
    expect(ledger.asked).toHaveLength(2);
  });

  it('of an unknown lease comes with the proof that its token is, and with no other', async () => {
    const proofOf = async (token: string) => {
      const ledger = makeLedger('ledger-a', granted);
      await makeRequests(ledger).renew(leaseIdOf(1), callWith(token));
      const [asked] = ledger.asked;
      return asked?.type === 'renewalRequested' ? asked.proof : undefined;
    };
    const lease = { id: leaseIdOf(1), licenseId: 'acme-cad', product: 'Acme Suite' };
    expect(await proofOf(tokenOf({ exp: 7 }))).toMatchObject({ lease, endsAtMs: 7_000 });
    expect(await proofOf(tokenOf({}, other))).toMatchObject({ lease, signer: otherId });
    const stranger = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    for (const token of [
      tokenOf({}, stranger),
      tokenOf({ iss: ownId }, other),
      tokenOf({ lease: leaseIdOf(2) }),
      tokenOf({ license: 'unknown' }),
      'a.b.c',
    ]) {
      expect(await proofOf(token)).toBeUndefined();
    }
    // A paired server that is no member grants nothing of this ledger.
    const alone = makeLedger('ledger-a', granted, { config: soloConfig(ownId) });
    await makeRequests(alone).renew(leaseIdOf(1), callWith(tokenOf({}, other)));
    expect(alone.asked[0]).not.toHaveProperty('proof');
  });
});

describe('a token of a later term', () => {
  const fenceOf = async (token: string, config = configOf(ownId, otherId)) => {
    const ledger = makeLedger('ledger-a', granted, { config, holds: true });
    await makeRequests(ledger).renew(leaseIdOf(1), callWith(token));
    return ledger.asked[0]?.fence;
  };

  it('of a member makes the ledger look about', async () => {
    expect(await fenceOf(tokenOf({ term: 9 }, other))).toEqual({ number: 9, member: otherId });
    expect(await fenceOf(tokenOf({ term: 3 }, other))).toBeUndefined();
  });

  it('of anybody else, or a bare number, makes it do nothing', async () => {
    expect(await fenceOf(tokenOf({ term: 9, iss: otherId }))).toBeUndefined();
    expect(await fenceOf(tokenOf({ term: 9 }, other), soloConfig(ownId))).toBeUndefined();
    expect(await fenceOf(tokenOf({ term: 9, ledger: 'ledger-x' }, other))).toBeUndefined();
  });
});

describe('a lease of a ledger that this server does not keep', () => {
  const elsewhere = tokenOf({ ledger: 'ledger-x' });

  describe.each(['renew', 'return'] as const)('that is to %s', (how) => {
    const ask = (requests: ClientRequests, token: string) =>
      requests[how](leaseIdOf(1), callWith(token));

    it('is not called ended, whoever signed its token', async () => {
      for (const key of [own, other]) {
        const mine = makeLedger('ledger-a', refused('LS_NO_SUCH_LEASE'));
        const token = tokenOf({ ledger: 'ledger-x' }, key);
        expect(await ask(makeRequests(mine), token)).toMatchObject({
          type: 'refused',
          code: 'LS_LEADER_NOT_PRESENT',
          retryAfterSeconds: 1,
        });
        expect(mine.asked).toEqual([]);
      }
    });

    it('is sent on by a witness, which knows who serves', async () => {
      const mine = makeLedger('ledger-a', refused('LS_NO_SUCH_LEASE'));
      const config = { ...configOf(otherId), membership: witnessed };
      const theirs = makeLedger('ledger-x', granted, { config, active: otherId });
      expect(await ask(makeRequests(mine, theirs), elsewhere)).toMatchObject({
        type: 'redirect',
        urls: ['https://backup:7470', 'https://192.0.2.9:7470'],
      });
    });
  });
});

describe('a return', () => {
  it('goes to the ledger that has the lease, and ends without one', async () => {
    const ended: Answer = () => ({
      type: 'answered',
      reply: { type: 'leaseEnded' } as never,
      token: null,
    });
    const empty = makeLedger('ledger-a', ended);
    const holder = makeLedger('ledger-b', ended, { holds: true });
    const requests = makeRequests(empty, holder);
    expect(await requests.return(leaseIdOf(1), callWith(null))).toEqual({ type: 'ended' });
    expect([empty, holder].map(({ asked }) => asked.length)).toEqual([0, 1]);
  });
});
