import type { AdminAnswer, Refusal } from '../../../src-shared/contract/admin-error.ts';
import { refuse } from '../../../src-shared/contract/admin-error.ts';
import type { AdminArguments } from '../../../src-shared/contract/admin.ts';
import type { LedgerOrder, OrderResult } from '../../../src-shared/contract/ledger-order.ts';
import { tokenClaimsSchema } from '../../../src-shared/contract/client-api.ts';
import type { ProblemCode } from '../../../src-shared/contract/problem.ts';
import {
  type BorrowRequest,
  type BorrowReturn,
  parseBorrowFile,
  readBorrowRequest,
  readBorrowReturn,
} from '../../../src-shared/contract/remote-borrow.ts';
import type { Actor } from '../../../src-shared/model/actor.ts';
import { splitCompact } from '../../../src-shared/model/signed-text.ts';
import { countOf } from '../../../src-shared/view/count-of.ts';
import type { TimelineNote } from '../base/timeline-note.ts';
import type { ClientReply } from '../client-api/client-service.ts';
import { findBorrow } from '../core/ledger/held-lease.ts';
import { currentGrant, unitCount } from '../core/ledger/ledger.ts';
import { isWitness } from '../core/replica/replica-state.ts';
import { fileSignatures } from '../identity/file-signatures.ts';
import type { HostedReplica } from '../replicas/hosted-replica.ts';
import type { Replicas } from '../replicas/replicas.ts';
import type { ClientRequests } from '../serving/client-requests.ts';

// What an admin orders for machines that reach no server: the same as a client that carries their files.

export type BorrowRequests = Pick<ClientRequests, 'borrowFor' | 'endBorrowOf'>;

interface BorrowContext {
  replica: HostedReplica;
  requests: BorrowRequests;
  note: (note: TimelineNote) => void;
  actor: Actor;
}

type Files = AdminArguments<'borrow.grant'>;

/** What a request file asks for. Code on refusal: BORROW_FILE_WRONG. */
export function readRequestFile(content: string): AdminAnswer<BorrowRequest> {
  const read = readBorrowRequest(parseBorrowFile(content), fileSignatures);
  return read.ok ? read : refuse('BORROW_FILE_WRONG', `${read.message} Nothing was changed.`);
}

/** What a return file gives back. Code on refusal: as above. */
function readReturnFile(content: string): AdminAnswer<BorrowReturn> {
  const read = readBorrowReturn(parseBorrowFile(content), fileSignatures);
  return read.ok ? read : refuse('BORROW_FILE_WRONG', `${read.message} Nothing was changed.`);
}

export function makeBorrowOrder(
  { content }: Files,
  replicas: Replicas,
): { replica: HostedReplica; order: LedgerOrder<'borrow'> } | Refusal {
  const read = readRequestFile(content);
  if (!read.ok) return read;
  const { request } = read.value;
  const kept = replicas.all().filter(({ state }) => !isWitness(state));
  const replica =
    kept.find(({ ledger }) => findBorrow(ledger, request) !== undefined) ??
    kept.find(({ ledger }) => isLikelyToGrant(ledger, request)) ??
    kept.find(({ ledger }) => ledger.licenseIdsByFeature.has(request.feature)) ??
    replicas.own();
  return { replica, order: { type: 'borrow', content } };
}

/** Whether a ledger has a licence of the feature of which enough units are free and may be borrowed. */
function isLikelyToGrant(
  ledger: HostedReplica['ledger'],
  { feature, units }: BorrowRequest['request'],
): boolean {
  const ids = [...(ledger.licenseIdsByFeature.get(feature) ?? [])];
  return ids.some((id) => {
    const license = ledger.licenses.get(id);
    if (!license) return false;
    const grant = currentGrant(license);
    const out = unitCount(ledger, id);
    const mayBorrow = grant.borrow.maxUnits - out.borrowedUnits;
    return grant.borrow.maxDays > 0 && Math.min(grant.units - out.units, mayBorrow) >= units;
  });
}

export function makeTakeBackOrder(
  { content }: Files,
  replicas: Replicas,
): { replica: HostedReplica; order: LedgerOrder<'takeBack'> } | Refusal {
  const read = readReturnFile(content);
  if (!read.ok) return read;
  const { lease, token } = read.value;
  const replica =
    replicas.all().find(({ ledger }) => ledger.leases.has(lease)) ??
    replicas.get(ledgerOfToken(token)) ??
    replicas.own();
  return { replica, order: { type: 'takeBack', content } };
}

/** What a token says of its ledger, without any proof: good enough to choose one by. */
function ledgerOfToken(token: string): string {
  const claims = tokenClaimsSchema.safeParse(
    fileSignatures.decode(splitCompact(token)?.payload ?? ''),
  );
  return claims.data?.ledger ?? '';
}

/** Borrows at the server that serves the ledger. */
export async function grantBorrow(
  content: string,
  { replica, requests, note, actor }: BorrowContext,
): Promise<AdminAnswer<OrderResult<'borrow'>>> {
  const read = readRequestFile(content);
  if (!read.ok) return read;
  const reply = await requests.borrowFor(read.value, { cameBy: '' }, replica);
  if (reply.type !== 'lease') return refuseReply(reply);
  const { created, answer } = reply;
  if (created) {
    const { units, feature, borrowUntil = '' } = answer.lease;
    const { user, host } = read.value.request.client;
    note({
      kind: 'leaseBorrowed',
      severity: 'info',
      message:
        `An admin borrowed ${countOf(units, 'seat')} of ${feature} for ${user} on ${host}, which ` +
        `reaches no server, until ${borrowUntil}.`,
      actor,
    });
  }
  return { ok: true, value: { created, answer } };
}

/** Ends a borrow at the server that serves the ledger. */
export async function takeBorrowBack(
  content: string,
  { replica, requests, note, actor }: BorrowContext,
): Promise<AdminAnswer<OrderResult<'takeBack'>>> {
  const read = readReturnFile(content);
  if (!read.ok) return read;
  const { lease } = read.value;
  const held = replica.ledger.leases.get(lease);
  const reply = await requests.endBorrowOf(read.value, { cameBy: '' });
  if (reply.type !== 'ended') return refuseReply(reply);
  if (held) {
    const { user, host } = held.holder;
    note({
      kind: 'leaseReturned',
      severity: 'info',
      message:
        `An admin took ${countOf(held.units, 'seat')} of ${held.feature} back by the return file of ` +
        `${user} on ${host}.`,
      actor,
    });
  }
  return { ok: true, value: { lease, hadEnded: held === undefined } };
}

const serving: ReadonlySet<ProblemCode> = new Set([
  'LS_LEADER_NOT_PRESENT',
  'LS_MAJORITY_RULE_FAILURE',
  'LS_SERVER_SYNC_IN_PROGRESS',
]);

function refuseReply(reply: ClientReply): Refusal {
  if (reply.type !== 'refused') {
    return refuse('NOT_SERVING', 'Another server has taken over just now. Try again in a moment.');
  }
  const { code, detail } = reply;
  if (code === 'LS_BAD_REQUEST') return refuse('BORROW_FILE_WRONG', detail);
  return refuse(serving.has(code) ? 'NOT_SERVING' : 'BORROW_REFUSED', detail);
}
