import { primaryOf } from '../../../src-shared/model/ledger-config.ts';
import { currentVersion, type LedgerState } from '../../../src-main/node/core/ledger/ledger.ts';
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
  #revisionTold = 0;
  readonly #localLeases = new Map<string, Set<string>>();
  readonly #excuses: Excuses;
  readonly #report: Report;

  constructor(excuses: Excuses, report: Report) {
    this.#excuses = excuses;
    this.#report = report;
  }

  /** The admin was told that this serial is installed. */
  noteInstalled({ state }: Member, serial: number): void {
    const license = state?.ledger.licenses.get('lic-cad');
    const version = license?.versions.find(({ grant }) => grant.serial === serial);
    this.#revisionTold = Math.max(this.#revisionTold, version?.revision ?? 0);
  }

  /** What was on a disk that was replaced is gone. */
  noteLost({ ledger }: ReplicaState): void {
    const at = revisionAt(ledger);
    this.#revisionTold = Math.min(this.#revisionTold, at);
  }

  check(member: Member, state: ReplicaState, event: ReplicaEvent, speaks: boolean): void {
    if (speaks) {
      if (event.type === 'requestsReceived' && !event.requests.some(isConfigRequest)) {
        this.#checkCoverage(member, state);
        this.#checkLender(member, state, event.requests);
      }
      this.#checkRevision(member, state);
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
   * 8. No server that serves goes back behind a version that the admin was told of. For one that was not in sync
   * there is an excuse, but not for one that has none of them.
   */
  #checkRevision(member: Member, { ledger }: ReplicaState): void {
    const at = revisionAt(ledger);
    if (at > 0 && this.#excuses.excused) return;
    if (at < this.#revisionTold) {
      this.#report(`8: ${member.id} is at revision ${at}, told was ${this.#revisionTold}`);
    }
  }
}

/** Of the licence, or of its removal where that is known. */
function revisionAt({ licenses, rows }: LedgerState): number {
  const license = licenses.get('lic-cad');
  if (license) return currentVersion(license).revision;
  return rows?.license.get('lic-cad')?.revision ?? 0;
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
