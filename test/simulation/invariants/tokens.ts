import { ledgerMs } from '../../../src-main/node/core/ledger/ledger-time.ts';
import type { LedgerRequest } from '../../../src-main/node/core/replica/replica-event.ts';
import type { Member } from '../member.ts';
import type { Report } from './report.ts';

/**
 * Protocol section 4, without any excuse: a token that has ended by the server's time brings nothing back.
 * What a running token of the same lease brings back in the same step, it may: section 4, "Recovery".
 */
export class Tokens {
  /** Leases that nothing but ended tokens show in the present step, and which do not live before it. */
  readonly #shown = new Map<Member, string[]>();
  readonly #report: Report;

  constructor(report: Report) {
    this.#report = report;
  }

  noteAsked(member: Member, requests: readonly LedgerRequest[]): void {
    if (!member.state) return;
    const { ledger, held } = member.state;
    const nowMs = ledgerMs(ledger.time);
    const ended = new Set<string>();
    const running = new Set<string>();
    // What a handover held back is decided in the step in which that is given up.
    for (const request of [...held, ...requests]) {
      const proof = 'proof' in request ? request.proof : undefined;
      if (!proof || ledger.leases.has(proof.lease.id)) continue;
      if (proof.endsAtMs <= nowMs) ended.add(proof.lease.id);
      else if (request.type !== 'returnRequested') running.add(proof.lease.id);
    }
    const ids = [...ended].filter((id) => !running.has(id));
    if (ids.length > 0) this.#shown.set(member, ids);
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
