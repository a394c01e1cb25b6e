import { ledgerMs } from '../../../src-main/node/core/ledger/ledger-time.ts';
import type { LedgerRequest } from '../../../src-main/node/core/replica/replica-event.ts';
import type { Member } from '../member.ts';
import type { Report } from './report.ts';

/** Protocol section 4, without any excuse: a token that has ended by the server's time brings nothing back. */
export class Tokens {
  /** Leases that ended tokens of the present step show, and which do not live before it. */
  readonly #shown = new Map<Member, string[]>();
  readonly #report: Report;

  constructor(report: Report) {
    this.#report = report;
  }

  noteAsked(member: Member, requests: readonly LedgerRequest[]): void {
    const { ledger } = member.state ?? {};
    if (!ledger) return;
    const ids = requests.flatMap((request) => {
      const proof = 'proof' in request ? request.proof : undefined;
      return proof && proof.endsAtMs <= ledgerMs(ledger.time) ? [proof.lease.id] : [];
    });
    const ended = ids.filter((id) => !ledger.leases.has(id));
    if (ended.length > 0) this.#shown.set(member, ended);
  }

  /** After a step. */
  check(member: Member): void {
    for (const id of this.#shown.get(member) ?? []) {
      if (member.state?.ledger.leases.has(id)) {
        this.#report(`5: an ended token brought ${id} back at ${member.id}`);
      }
    }
    this.#shown.delete(member);
  }
}
