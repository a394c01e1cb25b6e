import {
  type AdminAnswer,
  type Refusal,
  refuse,
} from '../../../src-shared/contract/admin-error.ts';
import type { AdminArguments } from '../../../src-shared/contract/admin.ts';
import type {
  LedgerOrder,
  OrderMethod,
  OrderResult,
  OrderType,
  OrderTypeOf,
} from '../../../src-shared/contract/ledger-order.ts';
import type { Actor } from '../../../src-shared/model/actor.ts';
import { formatInstant } from '../../../src-shared/model/scalars.ts';
import type { TimelineNote } from '../base/timeline-note.ts';
import { describeRefusedFile } from '../core/ledger/licenses.ts';
import { clockAheadMs } from '../core/ledger/ledger-time.ts';
import { isWitness } from '../core/replica/replica-state.ts';
import type { Reply } from '../core/ledger/reply.ts';
import type { TrustedVendor } from '../../../src-shared/model/vendor.ts';
import type { VerifiedLicense } from '../core/ledger/admin-request.ts';
import { formerKeysOf } from '../licensing/endorsement.ts';
import { demoVendorKeyId } from '../licensing/demo.ts';
import type { LicenseDoor } from '../licensing/license-door.ts';
import {
  type BorrowRequests,
  grantBorrow,
  makeBorrowOrder,
  makeTakeBackOrder,
  takeBorrowBack,
} from './borrow-orders.ts';
import { importInPortions } from './import-in-portions.ts';
import { isRightLedger, ledgerForNew } from './ledger-for.ts';
import { claimsOfFile, readLicenseFile } from '../licensing/read-license-file.ts';
import { parseVendorPublicKey } from '../licensing/vendor-key.ts';
import type { HostedReplica, AdminInput } from '../replicas/hosted-replica.ts';
import { refusalOf } from '../replicas/not-serving.ts';
import type { Replicas } from '../replicas/replicas.ts';

// An order has a place in each of the two tables: how what an admin gave becomes the order of a ledger,
// and how the server that serves the ledger carries it out.

/** An order and the ledger that it is for. */
interface Made<T extends OrderType> {
  replica: HostedReplica;
  order: LedgerOrder<T>;
}

type Maker<M extends OrderMethod> = (
  args: AdminArguments<M>,
  replicas: Replicas,
) => Made<OrderTypeOf<M>> | Refusal;

export const makers: { readonly [M in OrderMethod]: Maker<M> } = {
  'license.import': ({ content, fileName }, replicas) => ({
    replica: ledgerOfFile(content, replicas),
    order: { type: 'import', content, fileName, dryRun: false },
  }),
  'license.diff': ({ content }, replicas) => ({
    replica: ledgerOfFile(content, replicas),
    order: { type: 'import', content, fileName: '', dryRun: true },
  }),
  'license.rollback': ({ id: licenseId }, replicas) => ({
    replica: ledgerOfLicense(licenseId, replicas),
    order: { type: 'rollback', licenseId },
  }),
  'license.remove': ({ id: licenseId }, replicas) => ({
    replica: ledgerOfLicense(licenseId, replicas),
    order: { type: 'remove', licenseId },
  }),
  'vendor.trust': ({ content }, replicas) => {
    const parsed = parseVendorPublicKey(content);
    if (!parsed.ok) return parsed;
    const { vendor, publicKey, endorsements } = parsed.key;
    const { keyId } = parsed;
    const demo = keyId === demoVendorKeyId;
    // The core stamps the time.
    const trusted = {
      keyId,
      vendor,
      publicKey,
      demo,
      trustedAtMs: 0,
      ...(endorsements && { endorsements }),
    };
    return { replica: replicas.own(), order: { type: 'trust', vendor: trusted } };
  },
  'vendor.forget': ({ keyId }, replicas) => ({
    replica: replicas.own(),
    order: { type: 'forget', keyId },
  }),
  'clock.accept': ({ ledger }, replicas) => {
    const replica = ledger === undefined ? ledgerOfWorstClock(replicas) : replicas.get(ledger);
    if (replica) return { replica, order: { type: 'acceptClock' } };
    return refuse('BAD_REQUEST', `No ledger ${ledger ?? ''} is kept at this server.`);
  },
  'lease.release': ({ id: leaseId }, replicas) => ({
    replica: replicas.all().find(({ ledger }) => ledger.leases.has(leaseId)) ?? replicas.own(),
    order: { type: 'release', leaseId },
  }),
  'borrow.grant': makeBorrowOrder,
  'borrow.takeBack': makeTakeBackOrder,
};

/**
 * A licence goes to the ledger that has an older version of it, a new one where it belongs. The file of
 * a pool may have licences for both of its ledgers (`Orders`).
 */
function ledgerOfFile(content: string, replicas: Replicas): HostedReplica {
  const { id, majorityRule } = claimsOfFile(content);
  return findLicense(id, replicas) ?? ledgerForNew({ majorityRule }, replicas);
}

/** The ledger that has a licence, or this server's own. */
function ledgerOfLicense(licenseId: string | undefined, replicas: Replicas): HostedReplica {
  return findLicense(licenseId, replicas) ?? replicas.own();
}

function findLicense(licenseId: string | undefined, replicas: Replicas): HostedReplica | undefined {
  return replicas
    .all()
    .find(({ ledger }) => licenseId !== undefined && ledger.licenses.has(licenseId));
}

/** The ledger whose time is furthest from this host's clock. */
function ledgerOfWorstClock(replicas: Replicas): HostedReplica {
  const apartMs = ({ ledger }: HostedReplica) => Math.abs(clockAheadMs(ledger.time));
  const kept = replicas.all().filter(({ state }) => !isWitness(state));
  return kept.sort((a, b) => apartMs(b) - apartMs(a))[0] ?? replicas.own();
}

export interface CarryContext {
  replica: HostedReplica;
  /** The other ledger of its pool. */
  mate: HostedReplica | undefined;
  door: LicenseDoor;
  note: (note: TimelineNote) => void;
  requests: BorrowRequests;
  actor: Actor;
}

type OrderCarrier<T extends OrderType> = (
  order: LedgerOrder<T>,
  context: CarryContext,
) => Promise<AdminAnswer<OrderResult<T>>>;

const carriers: { readonly [T in OrderType]: OrderCarrier<T> } = {
  import: async ({ content, fileName, dryRun }, context) => {
    const { replica, mate, note, actor } = context;
    // Verified here, by the vendors that this ledger trusts, whoever sent it.
    const read = readLicenseFile(content, [...replica.ledger.vendors.values()]);
    if (!read.ok) {
      if (!dryRun) note({ ...noteOfRefusedFile(fileName, read.message), actor });
      return read;
    }
    const { followed } = read;
    for (const vendor of dryRun ? [] : followed) {
      const trusted = await carriers.trust({ type: 'trust', vendor }, context);
      if (!trusted.ok) return trusted;
    }
    const vendors = [...replica.ledger.vendors.values(), ...followed];
    const { config } = replica.view();
    // Of a pool the other ledger takes the rest.
    const mine = read.licenses.filter(({ grant }) => isRightLedger(config, grant));
    const moved = mine.find(({ grant }) => mate?.ledger.licenses.has(grant.id));
    if (moved) return refuseOtherRule(moved);
    if (mine.length === 0 && mate) return { ok: true, value: { changes: [] } };
    const licenses = mine.map((license) => withFormerKeys(license, vendors));
    return importInPortions(licenses, dryRun, {
      onRefused: (message) => note({ ...noteOfRefusedFile(fileName, message), actor }),
      installed: replica.ledger.licenses.size,
      take: (portion, dry) => {
        const input = { type: 'licensesImported', fileName, dryRun: dry } as const;
        const asked = { ...input, licenses: [...portion] };
        return ask(context, asked, 'licensesChanged', ({ changes }) => ({ changes }));
      },
    });
  },
  rollback: async ({ licenseId }, context) => {
    const { replica, door } = context;
    const { vendors, licenses } = replica.ledger;
    const former = licenses.get(licenseId)?.versions.at(-2);
    // A version whose vendor was forgotten cannot be verified: the ledger refuses it until that vendor
    // is trusted again.
    const isTrusted = former !== undefined && vendors.has(former.vendorKeyId);
    if (isTrusted && !door.isSound(licenseId, former, vendors)) {
      return refuse(
        'LICENSE_SIGNATURE_INVALID',
        `Serial ${former.grant.serial} of ${licenseId} is not kept as its vendor signed it. The ` +
          'present version stays; import a licence file instead.',
      );
    }
    return ask(context, { type: 'rollbackRequested', licenseId }, 'licenseRolledBack', (reply) => ({
      licenseId: reply.licenseId,
    }));
  },
  remove: ({ licenseId }, context) =>
    ask(context, { type: 'removalRequested', licenseId }, 'licenseRemoved', ({ leasesLeft }) => ({
      leasesLeft,
    })),
  trust: ({ vendor }, context) => {
    const follows = formerKeysOf(vendor, context.replica.ledger.vendors.values());
    return ask(context, { type: 'vendorTrusted', vendor, follows }, 'vendorKept', (reply) => ({
      vendor: reply.vendor,
    }));
  },
  forget: ({ keyId }, context) =>
    ask(context, { type: 'vendorForgotten', keyId }, 'vendorDropped', () => ({})),
  acceptClock: (_order, context) =>
    ask(context, { type: 'clockAccepted' }, 'clockTaken', ({ changedMs, ledgerMs }) => ({
      changedMs,
      ledgerTime: formatInstant(ledgerMs),
    })),
  release: ({ leaseId }, context) =>
    ask(context, { type: 'releaseRequested', leaseId }, 'leaseEnded', () => ({})),
  borrow: ({ content }, context) => grantBorrow(content, context),
  takeBack: ({ content }, context) => takeBorrowBack(content, context),
};

/** A licence with the keys whose licences it may replace. */
function withFormerKeys(
  license: VerifiedLicense,
  vendors: readonly TrustedVendor[],
): VerifiedLicense {
  const vendor = vendors.find(({ keyId }) => keyId === license.vendorKeyId);
  return vendor ? { ...license, formerKeyIds: formerKeysOf(vendor, vendors) } : license;
}

/** Carries an order out at the server that serves the ledger. */
export function carryOut<T extends OrderType>(
  order: LedgerOrder<T>,
  context: CarryContext,
): Promise<AdminAnswer<OrderResult<T>>> {
  const carrier = carriers[order.type] as OrderCarrier<T>;
  return carrier(order, context);
}

/** Asks the core; `read` takes the value out of the reply that belongs to the request. */
async function ask<R extends Reply['type'], T>(
  { replica, actor }: Pick<CarryContext, 'replica' | 'actor'>,
  input: AdminInput,
  expected: R,
  read: (reply: Extract<Reply, { type: R }>) => T,
): Promise<AdminAnswer<T>> {
  const outcome = await replica.request({ ...input, actor });
  if (outcome.type !== 'answered') return refusalOf(outcome);
  const { reply } = outcome;
  if (reply.type === 'adminRefused') return refuse(reply.code, reply.message);
  if (!isReply(reply, expected)) throw new Error(`${reply.type} is no reply to ${input.type}`);
  return { ok: true, value: read(reply) };
}

function isReply<R extends Reply['type']>(
  reply: Reply,
  type: R,
): reply is Extract<Reply, { type: R }> {
  return reply.type === type;
}

/** One licence in both ledgers of a pool would be two. */
function refuseOtherRule({ grant: { id, majorityRule } }: VerifiedLicense): Refusal {
  const [was, is] = majorityRule ? ['without', 'with'] : ['with', 'without'];
  return refuse(
    'LICENSE_OTHER_RULE',
    `${id} is installed ${was} the majority rule, and this version is ${is} it. Remove the licence ` +
      'first, then import this file: its seats are then given out anew.',
  );
}

function noteOfRefusedFile(fileName: string, message: string): TimelineNote {
  return {
    kind: 'licenseRefused',
    severity: 'warning',
    message: describeRefusedFile(fileName, message),
  };
}
