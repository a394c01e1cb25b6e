import { currentGrant } from '../../../src-main/node/core/ledger/ledger.ts';
import type { ReplicaEvent } from '../../../src-main/node/core/replica/replica-event.ts';
import type { ReplicaState } from '../../../src-main/node/core/replica/replica-state.ts';
import { compareSpells } from '../../../src-main/node/core/rows/compare-rows.ts';
import type { Overdraft, SpellRow } from '../../../src-main/node/core/rows/row.ts';
import type { Cluster } from '../cluster.ts';
import type { Report } from './report.ts';

type Ledger = ReplicaState['ledger'];

/** Invariant 3: an overdraft that is recorded goes on for as long as more lives than the licence has. */
export class Overdrafts {
  /** What each spell had recorded at its last step. */
  readonly #recorded = new Map<string, Overdraft | null>();
  readonly #cluster: Cluster;
  readonly #report: Report;

  constructor(cluster: Cluster, report: Report) {
    this.#cluster = cluster;
    this.#report = report;
  }

  /** Of a member that serves. A write that fails takes back what it recorded, and the next step judges anew. */
  check({ self, ledger }: ReplicaState, event: ReplicaEvent): void {
    const { spell, meta } = ledger;
    if (!spell) return;
    const known = this.#recorded.get(spell.id);
    const before = known === undefined ? recordedBefore(ledger, spell) : known;
    this.#recorded.set(spell.id, meta.overdraft);
    if (!before || meta.overdraft || event.type === 'persistFailed') return;
    const over = this.#unitsOver(ledger);
    if (over > 0)
      this.#report(`3: the overdraft ends at ${self}, and ${over} units too many are out`);
  }

  /** Also of leases of which nobody is known to have been told. */
  #unitsOver({ licenses, unitCountByLicense }: Ledger): number {
    const license = licenses.get('lic-cad');
    // Of a licence that has fewer units than before, holders keep theirs without an overdraft.
    if (!license || this.#cluster.admin.serial > 2) return 0;
    return (unitCountByLicense.get(license.id)?.units ?? 0) - currentGrant(license).units;
  }
}

/** By the newest of the other spells that the server knows as it takes over. */
function recordedBefore({ rows }: Ledger, own: SpellRow): Overdraft | null {
  const others = [...(rows?.spell.values() ?? [])].filter(({ id }) => id !== own.id);
  const [newest] = others.sort((a, b) => compareSpells(b.id, a.id));
  return newest?.overdraft ?? null;
}
