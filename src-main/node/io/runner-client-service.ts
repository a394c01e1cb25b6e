import { v7 as timeOrderedUuid } from 'uuid';
import type { ApiServer, LeaseAnswer } from '../../../src-shared/contract/client-api.ts';
import { formatInstant, parseInstant } from '../../../src-shared/model/scalars.ts';
import type { ClientReply, ClientService, NodeFigures } from '../client-service.ts';
import type { LeaseTerms } from '../core/effect.ts';
import { currentGrant, unitCount } from '../core/ledger.ts';
import { deriveLicenseStatus } from '../core/license-view.ts';
import type { Outcome, Runner } from './runner.ts';
import type { ServingStatus } from './serving-status.ts';

/** What the client API needs of the node, from the runner and what is known of this server. */
export function createClientService(runner: Runner, serving: ServingStatus): ClientService {
  const answer = (outcome: Outcome): ClientReply => describeOutcome(outcome, serving);
  return {
    // Ordered by time, so that new leases share pages of the store: a tenth of the writing.
    checkout: async (request) =>
      answer(
        await runner.request({ type: 'checkoutRequested', leaseId: timeOrderedUuid(), request }),
      ),
    renew: async (leaseId) => answer(await runner.request({ type: 'renewalRequested', leaseId })),
    return: async (leaseId) => answer(await runner.request({ type: 'returnRequested', leaseId })),
    licenses: () => ({
      licenses: [...runner.state.licenses.values()].map((license) =>
        deriveLicenseStatus(runner.state, license, serving.servedBy()),
      ),
    }),
    servers: () => serving.servers(),
    health: () => {
      const { state, reasons } = serving.serving();
      return { status: state === 'serving' ? 'serving' : 'unavailable', reasons };
    },
  };
}

function describeOutcome(outcome: Outcome, serving: ServingStatus): ClientReply {
  if (outcome.type === 'unavailable') {
    const { message: detail, retryAfterSeconds } = outcome;
    return { type: 'refused', code: 'LS_LEADER_NOT_PRESENT', detail, retryAfterSeconds };
  }
  const { reply, token } = outcome;
  switch (reply.type) {
    case 'leaseGranted':
      return {
        type: 'lease',
        created: reply.created,
        answer: describeLease(reply.terms, token, serving),
      };
    case 'leaseRenewed':
      return { type: 'lease', created: false, answer: describeLease(reply.terms, token, serving) };
    case 'leaseEnded':
      return { type: 'ended' };
    case 'refused':
      return reply;
    case 'licensesChanged':
    case 'licenseRemoved':
    case 'licenseRolledBack':
    case 'vendorKept':
    case 'vendorDropped':
    case 'adminRefused':
      throw new Error(`the reply ${reply.type} is not for a client`);
  }
}

function describeLease(
  { lease, term, ttlSeconds }: LeaseTerms,
  token: string | null,
  serving: ServingStatus,
): LeaseAnswer {
  if (token === null) throw new Error(`lease ${lease.id} came without a token`);
  const { id, name, role } = serving.servedBy();
  return {
    lease: {
      id: lease.id,
      license: lease.licenseId,
      feature: lease.feature,
      units: lease.units,
      grantedAt: formatInstant(lease.grantedAtMs),
      ttlSeconds,
      ...(lease.borrowUntilMs === null ? {} : { borrowUntil: formatInstant(lease.borrowUntilMs) }),
    },
    token,
    term,
    servedBy: { id, name, role },
    servers: serving.servers() satisfies ApiServer[],
  };
}

/** Figures for `/metrics`. */
export function readFigures(runner: Runner, serving: ServingStatus): NodeFigures {
  const { state } = runner;
  return {
    ...runner.figures,
    licenses: [...state.licenses.values()].map((license) => {
      const { product, feature, units, expires } = currentGrant(license);
      const out = unitCount(state, license.id);
      return {
        id: license.id,
        product,
        feature,
        units,
        inUse: out.units,
        borrowed: out.borrowedUnits,
        denied: state.deniedCountByLicense.get(license.id) ?? 0,
        expiresAtSeconds: expires === null ? null : parseInstant(expires) / 1000,
      };
    }),
    leaseCount: state.leases.size,
    serving: serving.serving().state === 'serving',
  };
}
