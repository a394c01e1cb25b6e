import { type Membership, participants } from '../../src-shared/model/ledger-config.ts';
import { createLog, lastPosition } from '../../src-main/node/core/replica/log.ts';
import { comparePositions } from '../../src-main/node/core/replica/term.ts';
import { majorityOfCount } from '../../src-main/node/core/replica/quorum.ts';
import type { Cluster } from './cluster.ts';
import type { Member } from './member.ts';
import { Random } from './random.ts';

/** Something that goes wrong or is changed at some time. Its own seed decides the details. */
export interface Fault {
  atMs: number;
  kind: (typeof faultKinds | typeof diskFaultKinds)[number] | RareFault;
  seed: number;
}

/** Faults of a few runs each, since they take long or end what others would show. */
export type RareFault = 'part' | 'partWithClients' | 'leapClock' | 'release';

const faultKinds = [
  'crash',
  'crash',
  'crashActive',
  'crashAll',
  'cut',
  'isolate',
  'refuse',
  'suspend',
  'sleep',
  'slowDisk',
  'failDisk',
  'failActiveDisk',
  'stepClock',
  'loseMessages',
  'switchover',
  'leave',
  'replaceLicense',
  'rollBackLicense',
  'changeMembers',
  'changeMembers',
  'placeElsewhere',
] as const;

/** What happens to whole data directories, beside the others. */
const diskFaultKinds = ['putBack', 'putBack', 'wipe'] as const;

/** Well beyond the life of a lease and the margin of the clocks. */
const partedMs = 22_000;

/** The faults of a run, from one seed. */
export function planFaults(seed: number, forMs: number, disks = false): Fault[] {
  const kinds = disks ? [...faultKinds, ...diskFaultKinds] : faultKinds;
  const random = new Random(seed);
  const faults: Fault[] = [];
  let atMs = 0;
  for (;;) {
    atMs += random.int(50, random.chance(0.5) ? 600 : 5_000);
    if (atMs >= forMs) return faults;
    faults.push({ atMs, kind: random.pick(kinds), seed: random.int(1, 1_000_000_000) });
  }
}

/** A few faults of one kind in the first part of a run. */
export function planRare(kind: RareFault, seed: number, forMs: number, countMax = 2): Fault[] {
  const random = new Random(seed);
  return Array.from({ length: random.int(1, countMax) }, () => {
    return { atMs: random.int(0, forMs / 2), kind, seed: random.int(1, 1_000_000_000) };
  });
}

/** Makes the faults at their times, and then mends everything. */
export function injectFaults(cluster: Cluster, faults: readonly Fault[], forMs: number): void {
  const { agenda } = cluster;
  const beganMs = agenda.nowMs;
  for (const fault of faults) {
    agenda.after(beganMs + fault.atMs - agenda.nowMs, () => new FaultMaker(cluster, fault).make());
  }
  cluster.runFor(forMs);
  mend(cluster);
}

class FaultMaker {
  readonly #cluster: Cluster;
  readonly #fault: Fault;
  readonly #random: Random;
  readonly #laterMs: number;

  constructor(cluster: Cluster, fault: Fault) {
    this.#cluster = cluster;
    this.#fault = fault;
    this.#random = new Random(fault.seed);
    this.#laterMs = this.#random.int(50, this.#random.chance(0.5) ? 1_500 : 9_000);
  }

  make(): void {
    const cluster = this.#cluster;
    const random = this.#random;
    const present = [...cluster.members.values()].filter(({ store }) => store !== null);
    const member = random.pick(present);
    switch (this.#fault.kind) {
      case 'crash':
        return this.#crash(member.id);
      case 'crashActive':
        return this.#crash(cluster.active?.id);
      case 'crashAll':
        for (const { id } of present) this.#crash(id, random.int(50, 6_000));
        return;
      case 'cut':
        return this.#cut(member.id, random.pick([...cluster.members.keys()]), random.chance(0.3));
      case 'isolate':
        for (const other of cluster.members.keys()) this.#cut(member.id, other, false);
        return;
      case 'part':
        // Out of reach of all others for so long that leases run out.
        for (const other of cluster.members.keys()) this.#cut(member.id, other, false, partedMs);
        return;
      case 'partWithClients':
        return this.#partWithClients(present);
      case 'leapClock':
        return this.#leapClock(member);
      case 'release':
        return cluster.release(random.next());
      case 'refuse':
        return this.#refuse(member.id);
      case 'suspend':
        cluster.note(`suspend ${member.id} for ${this.#laterMs}`);
        member.suspend();
        return this.#later(() => cluster.wake(member));
      case 'sleep':
        cluster.note(`${member.id} sleeps for ${this.#laterMs}, and its monotonic clock with it`);
        member.suspend();
        return this.#later(() => {
          if (member.suspended) member.monotonicLagMs += this.#laterMs;
          cluster.wake(member);
        });
      case 'slowDisk':
        member.diskSlowness = random.pick([5, 30, 150]);
        cluster.note(`slow disk ${member.id} x${member.diskSlowness}`);
        return this.#later(() => (member.diskSlowness = 1));
      case 'failDisk':
        return this.#failDisk(member.id);
      case 'putBack':
        return this.#putBack(member);
      case 'wipe':
        return this.#wipe(member);
      case 'failActiveDisk':
        return this.#failDisk(cluster.active?.id);
      case 'stepClock':
        return this.#stepClock(member);
      case 'loseMessages':
        cluster.lossRate = random.pick([0, 0, 0.05, 0.3]);
        cluster.delayMsMax = random.pick([2, 20, 20, 150]);
        cluster.note(`loss ${cluster.lossRate} delay ${cluster.delayMsMax}`);
        return;
      default:
        return this.#makeChange();
    }
  }

  /** A copy of the data directory is made now, and put back after the server was stopped later. */
  #putBack(member: Member): void {
    const cluster = this.#cluster;
    const copy = member.copyDisk();
    // A known limit (docs/protocol.md): a log that goes on from a copy numbers its history as the one that
    // became rows did.
    if (copy?.tables.config.membership.rule === 'majority') return;
    this.#later(() => {
      if (member.store?.tables.config.membership.rule !== 'continuity') return;
      if (!this.#othersKeep(member)) return;
      cluster.note(`the data directory of ${member.id} is put back`);
      cluster.coverage['put back']++;
      this.#crash(member.id, this.#random.int(50, 3_000));
      cluster.replaceDisk(member, copy);
    });
  }

  #wipe(member: Member): void {
    if (!this.#othersKeep(member)) return;
    this.#cluster.note(`the data directory of ${member.id} is wiped`);
    this.#cluster.coverage.wiped++;
    this.#crash(member.id);
    this.#cluster.replaceDisk(member, null);
  }

  /** Another member has the ledger too: what only one has is gone with its disk. */
  #othersKeep({ id, store }: Member): boolean {
    const { membership } = store?.tables.config ?? {};
    if (membership?.rule === 'majority') return this.#quorumRemembers(id);
    if (membership?.rule !== 'continuity') return false;
    return membership.members.some((other) => {
      const tables = this.#cluster.members.get(other)?.store?.tables;
      const kept = tables?.config.membership;
      if (other === id || kept?.rule !== 'continuity' || !kept.members.includes(id)) return false;
      return [...(tables?.rows.values() ?? [])].some(({ kind }) => kind === 'spell');
    });
  }

  /** Some servers and some clients see each other alone, for so long that leases run out. */
  #partWithClients(present: readonly Member[]): void {
    const cluster = this.#cluster;
    const random = this.#random;
    const isHere = new Map(present.map(({ id }) => [id, random.chance(0.5)]));
    const side = (id: string) => isHere.get(id) ?? true;
    for (const { id } of present) {
      for (const other of cluster.members.keys()) {
        if (side(id) && !side(other)) this.#cut(id, other, false, partedMs);
      }
    }
    cluster.coverage['parted with clients']++;
    for (const { instance } of cluster.clients) {
      const isClientHere = random.chance(0.5);
      const servers = [...isHere].filter(([, here]) => here !== isClientHere);
      const parted = servers.map(([id]) => `${instance}>${id}`);
      for (const pair of parted) cluster.cut.add(pair);
      cluster.agenda.after(partedMs, () => {
        for (const pair of parted) cluster.cut.delete(pair);
      });
    }
  }

  /** A clock that is far ahead for a moment. */
  #leapClock(member: Member): void {
    const leapMs = this.#random.pick([1, 30, 400]) * 86_400_000;
    this.#cluster.note(`the clock of ${member.id} is ${leapMs} ms ahead for ${this.#laterMs}`);
    this.#cluster.coverage['clock leapt']++;
    member.wallOffsetMs += leapMs;
    this.#later(() => (member.wallOffsetMs -= leapMs));
  }

  /** Under `majority`: enough voters are left that remember what they promised. */
  #quorumRemembers(id: string): boolean {
    const { active, members } = this.#cluster;
    const { membership, learners = [] } = active?.state?.ledger.config ?? {};
    if (membership?.rule !== 'majority' || !membership.members.includes(id)) return false;
    // It may be counted in at this moment, and then its disk is one that has to be there.
    if (learners.includes(id)) return false;
    const voters = participants(membership).filter((one) => !learners.includes(one));
    const left = voters.filter((one) => {
      const store = members.get(one)?.store;
      const kept = store?.tables.config.membership;
      return one !== id && kept?.rule === 'majority' && participants(kept).includes(one);
    });
    // A witness alone has nothing to give back.
    const last = lastPosition(members.get(id)?.store?.log ?? createLog());
    const hasAll = left.some((one) => {
      const log = members.get(one)?.store?.log;
      return one !== membership.witness && log && comparePositions(lastPosition(log), last) >= 0;
    });
    return hasAll && left.length >= majorityOfCount(voters.length);
  }

  /** Rows whose life is short are for runs in which they end; a step would be longer than that life. */
  #stepClock(member: Member): void {
    const stepMs = this.#random.int(-600_000, 600_000);
    if (this.#cluster.rowLifeMs <= 2 * Math.abs(stepMs)) return;
    member.wallOffsetMs += stepMs;
    this.#cluster.coverage['clock stepped']++;
  }

  /** What an admin does. */
  #makeChange(): void {
    const cluster = this.#cluster;
    const random = this.#random;
    switch (this.#fault.kind) {
      case 'switchover': {
        const to = random.pick(cluster.options.membership.members);
        cluster.note(`switchover to ${to}`);
        cluster.active?.step({ type: 'switchoverRequested', to });
        return;
      }
      case 'leave':
        return this.#leave();
      case 'replaceLicense': {
        const { units } = cluster.options;
        cluster.note('replace the licence');
        cluster.installLicense(random.chance(0.7) ? units : random.int(1, units + 2));
        return;
      }
      case 'rollBackLicense':
        cluster.note('roll the licence back');
        return cluster.rollBack();
      case 'changeMembers':
        cluster.goal = random.pick(variantsOf(cluster.options.membership));
        cluster.note(`the goal is ${JSON.stringify(cluster.goal)}`);
        return;
      case 'placeElsewhere':
        cluster.placed = random.pick([null, ...cluster.options.membership.members]);
        cluster.note(`place at ${cluster.placed ?? 'the first'}`);
        return;
      default:
        throw new Error(`no fault of the kind ${this.#fault.kind}`);
    }
  }

  #later(mendIt: () => void): void {
    this.#cluster.agenda.after(this.#laterMs, mendIt);
  }

  #crash(id: string | undefined, forMs = this.#laterMs): void {
    if (id === undefined) return;
    crash(this.#cluster, id, this.#random.chance(0.7) ? 'gone' : null);
    this.#cluster.agenda.after(forMs, () => restart(this.#cluster, id));
  }

  #cut(a: string, b: string, oneWay: boolean, forMs = this.#laterMs): void {
    const cluster = this.#cluster;
    if (a === b) return;
    cluster.note(`cut ${a} ${oneWay ? '>' : '<>'} ${b}`);
    cluster.lastCutMs = cluster.agenda.nowMs;
    cluster.cut.add(`${a}>${b}`);
    if (!oneWay) cluster.cut.add(`${b}>${a}`);
    cluster.agenda.after(forMs, () => {
      cluster.note(`heal ${a} <> ${b}`);
      cluster.lastCutMs = cluster.agenda.nowMs;
      cluster.cut.delete(`${a}>${b}`);
      cluster.cut.delete(`${b}>${a}`);
    });
  }

  /** A firewall resets the connections of a server: to the others its process looks gone. */
  #refuse(id: string): void {
    const cluster = this.#cluster;
    for (const other of cluster.members.values()) {
      if (other.id === id) continue;
      this.#cut(id, other.id, false);
      cluster.agenda.after(this.#random.int(5, 250), () => {
        const isCut = cluster.isCut(id, other.id);
        if (isCut) other.step({ type: 'evidenceFound', peer: id, evidence: 'gone' });
      });
    }
  }

  #failDisk(id: string | undefined): void {
    const member = this.#cluster.members.get(id ?? '');
    if (!member) return;
    this.#cluster.note(`disk of ${member.id} fails for ${this.#laterMs}`);
    member.diskFails = true;
    this.#later(() => member.mendDisk());
  }

  #leave(): void {
    const cluster = this.#cluster;
    const { active } = cluster;
    if (!active) return;
    stop(cluster, active);
    cluster.agenda.after(3_000 + this.#laterMs, () => restart(cluster, active.id));
  }
}

/** Memberships that a relationship goes through when it is changed. */
function variantsOf(membership: Membership): Membership[] {
  const { members, witness, rule } = membership;
  const solo: Membership = { members: members.slice(0, 1), witness: null, rule: 'continuity' };
  const fewer: Membership = { members: members.slice(0, -1), witness, rule };
  const variants = [membership, membership, solo, fewer];
  if (rule === 'majority') {
    variants.push({ members, witness: witness === null ? 'W' : null, rule });
    variants.push({ members: members.slice(0, 2), witness: null, rule: 'continuity' });
  } else {
    variants.push({ members, witness: 'W', rule: 'majority' });
    variants.push({ members: members.toReversed(), witness, rule });
  }
  return variants;
}

/** Stops a server in an orderly way, as the real one does: it waits for a handover, but not long. */
export function stop(cluster: Cluster, member: Member): void {
  cluster.note(`${member.id} is stopped in an orderly way`);
  member.step({ type: 'leaveRequested' });
  const endMs = cluster.agenda.nowMs + 2_500;
  const wait = () => {
    if (member.isActive && cluster.agenda.nowMs < endMs) cluster.agenda.after(50, wait);
    else crash(cluster, member.id, 'goodbye');
  };
  cluster.agenda.after(50, wait);
}

/** Stops a server without warning; the others may notice that its process is gone. */
export function crash(cluster: Cluster, id: string, evidence: 'gone' | 'goodbye' | null): void {
  const member = cluster.members.get(id);
  if (!member?.isUp) return;
  cluster.note(`crash ${id}`);
  member.crash();
  if (!evidence) return;
  for (const other of cluster.members.values()) {
    if (other.id === id || cluster.isCut(id, other.id)) continue;
    cluster.agenda.after(cluster.random.int(5, 250), () => {
      if (!member.isUp) other.step({ type: 'evidenceFound', peer: id, evidence });
    });
  }
}

export function restart(cluster: Cluster, id: string): void {
  const member = cluster.members.get(id);
  if (!member || member.isUp) return;
  cluster.note(`start ${id}`);
  member.start();
  for (const other of cluster.members.values()) {
    if (other.id !== id) other.step({ type: 'evidenceFound', peer: id, evidence: 'connected' });
  }
}

function mend(cluster: Cluster): void {
  cluster.note('mend everything');
  cluster.cut.clear();
  cluster.lossRate = 0;
  cluster.delayMsMax = 4;
  cluster.goal = cluster.options.membership;
  cluster.placed = null;
  for (const member of cluster.members.values()) {
    member.suspended = false;
    member.diskSlowness = 1;
    member.mendDisk();
    restart(cluster, member.id);
  }
}
