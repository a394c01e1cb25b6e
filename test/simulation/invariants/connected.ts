import { others } from '../../../src-main/node/core/replica/replica-state.ts';
import type { Cluster } from '../cluster.ts';
import type { Member } from '../member.ts';
import { type Report, serves } from './report.ts';

/** Two find out in that time that both serve, though messages are lost, in milliseconds. */
const bothMsMax = 3_000;

/** Two servers that see each other do not both serve, whatever else may be wrong (protocol section 8). */
export class Connected {
  readonly #cluster: Cluster;
  readonly #report: Report;
  /** Since when both of a pair have served, and been connected. */
  readonly #sinceMs = new Map<string, number>();

  constructor(cluster: Cluster, report: Report) {
    this.#cluster = cluster;
    this.#report = report;
  }

  check(member: Member): void {
    const { members, agenda } = this.#cluster;
    if (!member.isActive && this.#sinceMs.size === 0) return;
    for (const other of members.values()) {
      const isBeside = this.#isBeside(member, other);
      if (!isBeside && this.#sinceMs.size === 0) continue;
      const pair = [member.id, other.id].toSorted().join();
      if (!isBeside) this.#sinceMs.delete(pair);
      else if (!this.#sinceMs.has(pair)) this.#sinceMs.set(pair, agenda.nowMs);
      else if (agenda.nowMs - (this.#sinceMs.get(pair) ?? 0) > bothMsMax) {
        this.#report(`8: ${pair} both serve, and see each other`);
        this.#sinceMs.delete(pair);
      }
    }
  }

  #isBeside(member: Member, other: Member): boolean {
    if (other === member || !member.isActive || !other.isActive || other.suspended) return false;
    const { network } = this.#cluster;
    const [own, theirs] = [member.state, other.state];
    if (!own || !theirs || !serves(own) || !serves(theirs)) return false;
    if (network.isCut(member.id, other.id) || network.isCut(other.id, member.id)) return false;
    return others(own).includes(other.id) && others(theirs).includes(member.id);
  }
}
