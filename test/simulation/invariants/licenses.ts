import { primaryOf } from '../../../src-shared/model/ledger-config.ts';
import type { LedgerState } from '../../../src-main/node/core/ledger/ledger.ts';
import { serialSeenIn } from '../../../src-main/node/core/rows/license-serial.ts';
import type {
  LedgerRequest,
  ReplicaEvent,
} from '../../../src-main/node/core/replica/replica-event.ts';
import type { ReplicaState } from '../../../src-main/node/core/replica/replica-state.ts';
import type { Member } from '../member.ts';
import type { Excuses } from './excuses.ts';
import type { Report } from './report.ts';

/** Invariant 8, licences that do not run elsewhere, and who lends. */
export class Licenses {
  #serialTold = 0;
  readonly #localLeases = new Map<string, Set<string>>();
  readonly #excuses: Excuses;
  readonly #report: Report;

  constructor(excuses: Excuses, report: Report) {
    this.#excuses = excuses;
    this.#report = report;
  }

  /** The admin was told that this serial is installed. */
  noteInstalled(serial: number): void {
    this.#serialTold = Math.max(this.#serialTold, serial);
  }

  /** What was on a disk that was replaced is gone. */
  noteLost({ ledger }: ReplicaState): void {
    this.#serialTold = Math.min(this.#serialTold, serialSeenAt(ledger));
  }

  check(member: Member, state: ReplicaState, event: ReplicaEvent, speaks: boolean): void {
    if (speaks) {
      if (event.type === 'requestsReceived' && !event.requests.some(isConfigRequest)) {
        this.#checkCoverage(member, state);
        this.#checkLender(member, state, event.requests);
      }
      this.#checkSerial(member, state);
    }
    this.#localLeases.set(member.id, localLeases(state));
  }

  /** Product, point 6: a failover server grants nothing of a licence that runs on its primary only. */
  #checkCoverage(member: Member, state: ReplicaState): void {
    const before = this.#localLeases.get(member.id);
    if (!before || primaryOf(state.ledger.config.membership) === member.id) return;
    for (const id of localLeases(state)) {
      if (!before.has(id)) this.#report(`product 6: ${member.id} granted ${id}, not covered`);
    }
  }

  /** Product, point 11: units are lent by the primary alone. */
  #checkLender(member: Member, { ledger }: ReplicaState, requests: readonly LedgerRequest[]): void {
    if (primaryOf(ledger.config.membership) === member.id) return;
    for (const asked of requests) {
      if (asked.type !== 'checkoutRequested' || asked.request.borrowUntil === undefined) continue;
      // The id is of this request: an earlier seat that was shown to it has another one.
      const lent = ledger.leases.get(asked.leaseId)?.borrowUntilMs ?? null;
      if (lent !== null) this.#report(`product 11: ${member.id} lends ${asked.leaseId}`);
    }
  }

  /**
   * 8. No server that serves goes back behind a version that the admin was told of, but by a roll-back, which knows
   * of it. For one that was not in sync there is an excuse, but not for one that has none of them.
   */
  #checkSerial(member: Member, { ledger }: ReplicaState): void {
    const seen = serialSeenAt(ledger);
    if (seen > 0 && this.#excuses.excused) return;
    if (seen < this.#serialTold) {
      this.#report(`8: ${member.id} knows serial ${seen}, told was ${this.#serialTold}`);
    }
  }
}

/** The highest serial that is known, of the licence or of its removal. */
function serialSeenAt({ licenses, rows }: LedgerState): number {
  const row = rows?.license.get('lic-cad');
  if (row) return serialSeenIn(row);
  const versions = licenses.get('lic-cad')?.versions ?? [];
  return Math.max(0, ...versions.map(({ grant }) => grant.serial));
}

/** It can change who is the primary within one step. */
function isConfigRequest({ type }: LedgerRequest): boolean {
  return type === 'configRequested';
}

function localLeases({ ledger }: ReplicaState): Set<string> {
  const ids = new Set<string>();
  for (const { id, licenseId } of ledger.leases.values())
    if (licenseId === 'lic-local') ids.add(id);
  return ids;
}
