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
import type { Reply } from '../core/ledger/effect.ts';
import { readLicenseFile } from '../licensing/read-license-file.ts';
import type { HostedLedger, RequestInput } from '../replicas/hosted-replica.ts';
import { isOtherMember, type Ledgers } from '../replicas/replicas.ts';
import { type PeerCalls, peerMethod } from '../peers/peer-calls.ts';
import { refusalOf } from './not-serving.ts';

export interface LedgerAdminOptions {
  serverId: string;
  ledgers: Ledgers;
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
export type LedgerOrder = z.infer<typeof orderSchema>;

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
export class LedgerAdmin {
  readonly #options: LedgerAdminOptions;

  constructor(options: LedgerAdminOptions) {
    this.#options = options;
    const { calls, ledgers, serverId } = options;
    calls.register({
      'ledger.order': peerMethod(params, async (from, { ledger: id, order }) => {
        const ledger = ledgers.get(id);
        if (!ledger || !isOtherMember(ledger.view().config, from, serverId)) {
          return fail('BAD_REQUEST', 'That server takes no part in this ledger.');
        }
        return this.#carryOut(ledger, order);
      }),
    });
  }

  async order<T extends LedgerOrder['type']>(
    ledger: HostedLedger,
    order: Extract<LedgerOrder, { type: T }>,
  ): Promise<AdminAnswer<Results[T]>> {
    const { serverId, calls, nameOf } = this.#options;
    const { active, config } = ledger.view();
    if (ledger.isActive) return this.#carryOut(ledger, order) as Promise<AdminAnswer<Results[T]>>;
    if (active === null || active === serverId) {
      const [primary = ''] = config.membership.members;
      return fail(
        'NOT_SERVING',
        `No server serves the licences of ${nameOf(primary)} now, so that nothing can be changed.`,
      );
    }
    const schema = resultSchemas[order.type] as unknown as z.ZodType<Results[T]>;
    const args = { ledger: ledger.id, order };
    return calls.call(active, 'ledger.order', args, schema, orderMsMax);
  }

  /** The ledger that has a licence, or this server's own. */
  ledgerOf(licenseId: string): HostedLedger {
    const { ledgers } = this.#options;
    const has = ledgers.all().find(({ state }) => state.ledger.licenses.has(licenseId));
    return has ?? ledgers.own();
  }

  /** A licence goes to the ledger that has an older version of it, a new one to this server's own. */
  async importFile(
    content: string,
    fileName: string,
    dryRun: boolean,
  ): Promise<AdminAnswer<Results['import']>> {
    const { ledgers } = this.#options;
    const vendors = ledgers.all().flatMap(({ state }) => [...state.ledger.vendors.values()]);
    const read = await readLicenseFile(content, vendors);
    const [first] = read.ok ? read.licenses : [];
    const ledger = first ? this.ledgerOf(first.grant.id) : ledgers.own();
    return this.order(ledger, { type: 'import', content, fileName, dryRun });
  }

  #carryOut(ledger: HostedLedger, order: LedgerOrder): Promise<AdminAnswer<unknown>> {
    switch (order.type) {
      case 'import':
        return this.#import(ledger, order);
      case 'rollback':
        return this.#ask(
          ledger,
          { type: 'rollbackRequested', licenseId: order.licenseId },
          (reply) =>
            reply.type === 'licenseRolledBack' ? { licenseId: reply.licenseId } : undefined,
        );
      case 'remove':
        return this.#ask(
          ledger,
          { type: 'removalRequested', licenseId: order.licenseId },
          (reply) =>
            reply.type === 'licenseRemoved' ? { leasesLeft: reply.leasesLeft } : undefined,
        );
      case 'trust':
        return this.#ask(ledger, { type: 'vendorTrusted', vendor: order.vendor }, (reply) =>
          reply.type === 'vendorKept' ? { vendor: reply.vendor } : undefined,
        );
      case 'forget':
        return this.#ask(ledger, { type: 'vendorForgotten', keyId: order.keyId }, (reply) =>
          reply.type === 'vendorDropped' ? {} : undefined,
        );
      case 'release':
        return this.#ask(ledger, { type: 'releaseRequested', leaseId: order.leaseId }, (reply) =>
          reply.type === 'leaseEnded' ? {} : undefined,
        );
    }
  }

  async #import(
    ledger: HostedLedger,
    { content, fileName, dryRun }: Extract<LedgerOrder, { type: 'import' }>,
  ): Promise<AdminAnswer<Results['import']>> {
    const read = await readLicenseFile(content, [...ledger.state.ledger.vendors.values()]);
    if (!read.ok) {
      if (!dryRun) this.#options.noteRefusedFile(fileName, read.message);
      return fail(read.code, read.message);
    }
    const { licenses } = read;
    return this.#ask(ledger, { type: 'licensesImported', licenses, fileName, dryRun }, (reply) =>
      reply.type === 'licensesChanged' ? { changes: reply.changes } : undefined,
    );
  }

  /** Asks the core; `read` takes the value out of the reply that belongs to the request. */
  async #ask<T>(
    ledger: HostedLedger,
    input: RequestInput,
    read: (reply: Reply) => T | undefined,
  ): Promise<AdminAnswer<T>> {
    const outcome = await ledger.request(input);
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
