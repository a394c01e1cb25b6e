import { z } from 'zod';
import {
  type AdminAnswer,
  adminContract,
  type AdminErrorCode,
  type AdminResult,
  type LicenseChange,
} from '../../../src-shared/contract/admin.ts';
import type { TrustedVendor } from '../../../src-shared/model/vendor.ts';
import { trustedVendorSchema } from '../../../src-shared/model/vendor.ts';
import type { Reply } from '../core/ledger/reply.ts';
import { readLicenseFile } from '../licensing/read-license-file.ts';
import type { HostedReplica, RequestInput } from '../replicas/hosted-replica.ts';
import { isOtherMember } from '../replicas/membership.ts';
import type { Replicas } from '../replicas/replicas.ts';
import { type PeerCalls, peerMethod } from '../peers/peer-calls.ts';
import { refusalOf } from './not-serving.ts';

export interface LicenseOrdersOptions {
  serverId: string;
  replicas: Replicas;
  calls: PeerCalls;
  nameOf: (id: string) => string;
  /** A licence file was refused before the ledger saw it. */
  noteRefusedFile: (fileName: string, message: string) => void;
}

const orderSchema = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('import'),
    content: adminContract['license.import'].params.shape.content,
    fileName: z.string().max(1_024),
    dryRun: z.boolean(),
  }),
  z.strictObject({ type: z.literal('rollback'), licenseId: z.string().max(128) }),
  z.strictObject({ type: z.literal('remove'), licenseId: z.string().max(128) }),
  z.strictObject({ type: z.literal('trust'), vendor: trustedVendorSchema }),
  z.strictObject({ type: z.literal('forget'), keyId: z.string().max(64) }),
  z.strictObject({ type: z.literal('release'), leaseId: z.string().max(64) }),
]);
/** What an admin orders of one ledger, wherever it is served. */
export type LicenseOrder = z.infer<typeof orderSchema>;

const params = z.strictObject({ ledger: z.string().max(64), order: orderSchema });

/** What each order comes to. */
interface Results {
  import: { changes: LicenseChange[] };
  rollback: { licenseId: string };
  remove: AdminResult<'license.remove'>;
  trust: { vendor: TrustedVendor };
  forget: Record<string, never>;
  release: Record<string, never>;
}

const resultSchemas = {
  import: adminContract['license.import'].result,
  rollback: z.object({ licenseId: z.string() }),
  remove: adminContract['license.remove'].result,
  trust: adminContract['vendor.trust'].result,
  forget: adminContract['vendor.forget'].result,
  release: adminContract['lease.release'].result,
} as const;

/** Longest wait for another server to carry an order out. */
const orderMsMax = 15_000;

/** Orders of admins to a ledger. The server that serves it carries them out. */
export class LicenseOrders {
  readonly #options: LicenseOrdersOptions;

  constructor(options: LicenseOrdersOptions) {
    this.#options = options;
    const { calls, replicas, serverId } = options;
    calls.register({
      'ledger.order': peerMethod(params, async (from, { ledger: id, order }) => {
        const replica = replicas.get(id);
        if (!replica || !isOtherMember(replica.view().config, from, serverId)) {
          return fail('BAD_REQUEST', 'That server takes no part in this ledger.');
        }
        return this.#carryOut(replica, order);
      }),
    });
  }

  async order<T extends LicenseOrder['type']>(
    replica: HostedReplica,
    order: Extract<LicenseOrder, { type: T }>,
  ): Promise<AdminAnswer<Results[T]>> {
    const { serverId, calls, nameOf } = this.#options;
    const { active, config } = replica.view();
    if (replica.isActive) return this.#carryOut(replica, order) as Promise<AdminAnswer<Results[T]>>;
    if (active === null || active === serverId) {
      const [primary = ''] = config.membership.members;
      return fail(
        'NOT_SERVING',
        `No server serves the licences of ${nameOf(primary)} now, so that nothing can be changed.`,
      );
    }
    const schema = resultSchemas[order.type] as unknown as z.ZodType<Results[T]>;
    const args = { ledger: replica.id, order };
    return calls.call(active, 'ledger.order', args, schema, orderMsMax);
  }

  /** The ledger that has a licence, or this server's own. */
  ledgerOf(licenseId: string): HostedReplica {
    const { replicas } = this.#options;
    const has = replicas.all().find(({ ledger }) => ledger.licenses.has(licenseId));
    return has ?? replicas.own();
  }

  /** A licence goes to the ledger that has an older version of it, a new one to this server's own. */
  async importFile(
    content: string,
    fileName: string,
    dryRun: boolean,
  ): Promise<AdminAnswer<Results['import']>> {
    const { replicas } = this.#options;
    const vendors = replicas.all().flatMap(({ ledger }) => [...ledger.vendors.values()]);
    const read = await readLicenseFile(content, vendors);
    const [first] = read.ok ? read.licenses : [];
    const replica = first ? this.ledgerOf(first.grant.id) : replicas.own();
    return this.order(replica, { type: 'import', content, fileName, dryRun });
  }

  #carryOut(replica: HostedReplica, order: LicenseOrder): Promise<AdminAnswer<unknown>> {
    switch (order.type) {
      case 'import':
        return this.#import(replica, order);
      case 'rollback':
        return this.#ask(
          replica,
          { type: 'rollbackRequested', licenseId: order.licenseId },
          (reply) =>
            reply.type === 'licenseRolledBack' ? { licenseId: reply.licenseId } : undefined,
        );
      case 'remove':
        return this.#ask(
          replica,
          { type: 'removalRequested', licenseId: order.licenseId },
          (reply) =>
            reply.type === 'licenseRemoved' ? { leasesLeft: reply.leasesLeft } : undefined,
        );
      case 'trust':
        return this.#ask(replica, { type: 'vendorTrusted', vendor: order.vendor }, (reply) =>
          reply.type === 'vendorKept' ? { vendor: reply.vendor } : undefined,
        );
      case 'forget':
        return this.#ask(replica, { type: 'vendorForgotten', keyId: order.keyId }, (reply) =>
          reply.type === 'vendorDropped' ? {} : undefined,
        );
      case 'release':
        return this.#ask(replica, { type: 'releaseRequested', leaseId: order.leaseId }, (reply) =>
          reply.type === 'leaseEnded' ? {} : undefined,
        );
    }
  }

  async #import(
    replica: HostedReplica,
    { content, fileName, dryRun }: Extract<LicenseOrder, { type: 'import' }>,
  ): Promise<AdminAnswer<Results['import']>> {
    const read = await readLicenseFile(content, [...replica.ledger.vendors.values()]);
    if (!read.ok) {
      if (!dryRun) this.#options.noteRefusedFile(fileName, read.message);
      return fail(read.code, read.message);
    }
    const { licenses } = read;
    return this.#ask(replica, { type: 'licensesImported', licenses, fileName, dryRun }, (reply) =>
      reply.type === 'licensesChanged' ? { changes: reply.changes } : undefined,
    );
  }

  /** Asks the core; `read` takes the value out of the reply that belongs to the request. */
  async #ask<T>(
    replica: HostedReplica,
    input: RequestInput,
    read: (reply: Reply) => T | undefined,
  ): Promise<AdminAnswer<T>> {
    const outcome = await replica.request(input);
    if (outcome.type !== 'answered') return refusalOf(outcome);
    const { reply } = outcome;
    if (reply.type === 'adminRefused') return fail(reply.code, reply.message);
    const value = read(reply);
    if (value === undefined) throw new Error(`${reply.type} is no reply to ${input.type}`);
    return { ok: true, value };
  }
}

function fail(code: AdminErrorCode, message: string): AdminAnswer<never> {
  return { ok: false, code, message };
}
