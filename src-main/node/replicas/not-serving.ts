import { type Refusal, refuse } from '../../../src-shared/contract/admin-error.ts';
import type { ProblemCode } from '../../../src-shared/contract/problem.ts';
import { describeStandingAside } from '../../../src-shared/view/describe-copy.ts';
import type { NotServing } from '../core/replica/replica-effect.ts';
import type { Reason } from '../../../src-shared/model/reason.ts';
import { replacedReason } from '../../../src-shared/view/describe-replaced.ts';
import type { HostedReplica, RequestOutcome } from './hosted-replica.ts';

interface Sentences {
  /** For a client, to which another server may answer meanwhile. */
  client: { code: ProblemCode; detail: string };
  /** For the admin of whichever server the order was given to. */
  admin: Refusal;
}

export const nobodyServes = 'No server serves this licence now. Try again in a moment.';

/** `owner`: the name of the server whose licences they are. */
export function describeUnserved(owner: string): string {
  return `No server serves the licences of ${owner} now.`;
}

/** That another server is said to have the place of this one in a ledger; null: nobody says so. */
export function describeReplacement({ state }: HostedReplica): Reason | null {
  const { replacedBy, names } = state;
  if (replacedBy === null) return null;
  return replacedReason(names.get(replacedBy) ?? replacedBy);
}

/** The answer to an order while nobody serves these licences. */
export function refuseUnserved(licenses: string): Refusal {
  return refuse(
    'NOT_SERVING',
    `No server serves ${licenses} now. Until one does, nothing can be changed. Start a server of the ` +
      'relationship or mend the connection first.',
  );
}

/** Under `majority`, with too few votes. */
export const notSure =
  'This server cannot be sure that no other one serves: too few of them can be reached.';

const takingOver = refuse('NOT_SERVING', 'Another server is taking over. Try again in a moment.');

/** Why a server does not serve a ledger, in words. */
const sentences: Record<NotServing['reason'], Sentences> = {
  standby: {
    client: { code: 'LS_LEADER_NOT_PRESENT', detail: nobodyServes },
    admin: takingOver,
  },
  handover: {
    client: {
      code: 'LS_LEADER_NOT_PRESENT',
      detail: 'Another server is taking over. Try again.',
    },
    admin: takingOver,
  },
  noMajority: {
    client: {
      code: 'LS_MAJORITY_RULE_FAILURE',
      detail: notSure,
    },
    admin: refuse('NOT_SERVING', `${notSure} Start them or mend the connection first.`),
  },
  synchronising: {
    client: {
      code: 'LS_SERVER_SYNC_IN_PROGRESS',
      detail: 'This server is finding out what the others know. Try again in a moment.',
    },
    admin: refuse(
      'NOT_SERVING',
      'That server is finding out what the others know. Try again in a moment.',
    ),
  },
  incomplete: {
    client: {
      code: 'LS_LEADER_NOT_PRESENT',
      detail:
        'This server has lost some of its data and does not serve until it has it back, or its admin ' +
        'accepts the loss.',
    },
    admin: refuse(
      'NOT_SERVING',
      'This server has lost some of its data and does not serve. What to do is shown by: understudy status',
    ),
  },
  copied: {
    client: {
      code: 'LS_LEADER_NOT_PRESENT',
      detail: 'This server is a copy of another one, which serves in its place.',
    },
    admin: refuse('NOT_SERVING', describeStandingAside()),
  },
  replaced: {
    client: {
      code: 'LS_LEADER_NOT_PRESENT',
      detail: 'Another server is said to have the place of this one, which does not serve.',
    },
    admin: refuse(
      'NOT_SERVING',
      'Another server is said to have the place of this one, which does not serve. What to do is shown by: ' +
        'understudy status',
    ),
  },
  storeFailed: {
    client: {
      code: 'LS_LEADER_NOT_PRESENT',
      detail: describeStoreFailure('the disk failed'),
    },
    admin: refuse(
      'STORE_UNAVAILABLE',
      'The disk cannot be written. Make room on it and try again.',
    ),
  },
};

/** What an admin is told of an order that a ledger did not decide. */
export function refusalOf(outcome: Exclude<RequestOutcome, { type: 'answered' }>): Refusal {
  if (outcome.type === 'unavailable') return refuse('STORE_UNAVAILABLE', outcome.message);
  return sentences[outcome.reason].admin;
}

/** Seconds after which a client asks again when nobody serves now. */
const retryAfterSeconds = 1;

/** Seconds after which a client asks again while the disk cannot be written. */
const diskRetryAfterSeconds = 5;

/** `failure`: why the disk cannot be written, as a part of a sentence. */
export function describeStoreFailure(failure: string): string {
  return `This server cannot write to its disk: ${failure}.`;
}

/** What a client is told. `storeFailure`: why the disk cannot be written, if it is known. */
export function problemOf(reason: NotServing['reason'], storeFailure: string | undefined) {
  const { client } = sentences[reason];
  if (reason !== 'storeFailed') return { ...client, retryAfterSeconds };
  const detail = storeFailure === undefined ? client.detail : describeStoreFailure(storeFailure);
  return { ...client, detail, retryAfterSeconds: diskRetryAfterSeconds };
}

/** What a client is told of a lease whose ledger this server does not keep, or does not keep any more. */
export function problemOfLeaseElsewhere(leaseId: string) {
  const code: ProblemCode = 'LS_LEADER_NOT_PRESENT';
  const detail =
    `Lease ${leaseId} is of licences that this server does not keep. ` +
    'Ask another one of the servers that were named with it.';
  return { code, detail, retryAfterSeconds };
}
