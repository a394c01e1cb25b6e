import type { AdminErrorCode } from '../../../src-shared/contract/admin.ts';
import type { RequestOutcome } from '../replicas/hosted-replica.ts';

interface Refusal {
  ok: false;
  code: AdminErrorCode;
  message: string;
}

/** What an admin is told of an order that a ledger did not decide. */
export function refusalOf(outcome: Exclude<RequestOutcome, { type: 'answered' }>): Refusal {
  if (outcome.type === 'unavailable') return refuse('STORE_UNAVAILABLE', outcome.message);
  switch (outcome.reason) {
    case 'storeFailed':
      return refuse(
        'STORE_UNAVAILABLE',
        'The disk cannot be written. Make room on it and try again.',
      );
    case 'noMajority':
      return refuse(
        'NOT_SERVING',
        'Too few servers can be reached to be sure that no other one serves. Start them or mend the ' +
          'connection first.',
      );
    case 'standby':
    case 'handover':
      return refuse('NOT_SERVING', 'Another server is taking over. Try again in a moment.');
    case 'synchronising':
      return refuse(
        'NOT_SERVING',
        'That server is finding out what the others know. Try again in a moment.',
      );
  }
}

function refuse(code: AdminErrorCode, message: string): Refusal {
  return { ok: false, code, message };
}
