import { entryAt, lastPosition } from '../../../src-main/node/core/replica/log.ts';
import type { ReplicaState } from '../../../src-main/node/core/replica/replica-state.ts';
import { samePosition } from '../../../src-main/node/core/replica/term.ts';
import type { Cluster } from '../cluster.ts';
import type { Member } from '../member.ts';
import type { Excuses } from './excuses.ts';
import type { Report } from './report.ts';

/** Invariants 6 and 7: what is committed is the same everywhere, and memory knows what is durable. */
export class Logs {
  readonly #cluster: Cluster;
  readonly #excuses: Excuses;
  readonly #report: Report;

  constructor(cluster: Cluster, excuses: Excuses, report: Report) {
    this.#cluster = cluster;
    this.#excuses = excuses;
    this.#report = report;
  }

  /** 7. Memory and disk tell the same story up to what is durable. */
  checkDurable(member: Member, state: ReplicaState): void {
    if (state.ledger.rows) return;
    if (state.durableIndex > lastPosition(state.log).index) {
      this.#report(`7: ${member.id} believes more durable than there is`);
    }
  }

  /** 6. Committed entries are the same everywhere. Under `continuity` while nobody served alone. */
  checkCommitted(member: Member, state: ReplicaState): void {
    if (this.#excuses.excused) return;
    for (const other of this.#cluster.members.values()) {
      if (other === member || !other.state) continue;
      const index = Math.min(state.commitIndex, other.state.commitIndex);
      const a = entryAt(state.log, index);
      const b = entryAt(other.state.log, index);
      if (a && b && !samePosition(a, b)) {
        this.#report(`6: entry ${index} differs at ${member.id} and ${other.id}`);
      }
    }
  }
}
