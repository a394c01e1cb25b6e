import type { Cluster } from './cluster.ts';

/** Makes faults at random times until it is told to stop, and then mends everything. */
export function injectFaults(cluster: Cluster, forMs: number): void {
  const { agenda, random } = cluster;
  const endMs = agenda.nowMs + forMs;
  const next = () => {
    agenda.after(random.int(50, random.chance(0.5) ? 600 : 5_000), () => {
      if (agenda.nowMs >= endMs) return;
      makeFault(cluster);
      next();
    });
  };
  next();
  cluster.runFor(forMs);
  mend(cluster);
}

function makeFault(cluster: Cluster): void {
  const { random, members, agenda } = cluster;
  const member = random.pick([...members.values()]);
  const laterMs = random.int(50, random.chance(0.5) ? 1_500 : 9_000);
  switch (random.int(0, 10)) {
    case 0:
    case 1:
      crash(cluster, member.id);
      agenda.after(laterMs, () => restart(cluster, member.id));
      return;
    case 2: {
      const { active } = cluster;
      if (!active) return;
      crash(cluster, active.id);
      agenda.after(laterMs, () => restart(cluster, active.id));
      return;
    }
    case 10:
      for (const id of members.keys()) {
        crash(cluster, id);
        agenda.after(random.int(50, 6_000), () => restart(cluster, id));
      }
      return;
    case 3: {
      const other = random.pick([...members.keys()].filter((id) => id !== member.id));
      const oneWay = random.chance(0.3);
      cluster.note(`cut ${member.id} ${oneWay ? '>' : '<>'} ${other}`);
      cluster.cut.add(`${member.id}>${other}`);
      if (!oneWay) cluster.cut.add(`${other}>${member.id}`);
      agenda.after(laterMs, () => heal(cluster, member.id, other));
      return;
    }
    case 4: {
      cluster.note(`isolate ${member.id}`);
      for (const other of members.keys()) {
        if (other === member.id) continue;
        cluster.cut.add(`${member.id}>${other}`);
        cluster.cut.add(`${other}>${member.id}`);
        agenda.after(laterMs, () => heal(cluster, member.id, other));
      }
      return;
    }
    case 5:
      cluster.note(`suspend ${member.id} for ${laterMs}`);
      member.suspended = true;
      agenda.after(laterMs, () => (member.suspended = false));
      return;
    case 6:
      member.diskSlowness = random.pick([5, 30, 150]);
      cluster.note(`slow disk ${member.id} x${member.diskSlowness}`);
      agenda.after(laterMs, () => (member.diskSlowness = 1));
      return;
    case 7:
      member.wallOffsetMs += random.int(-600_000, 600_000);
      return;
    case 8:
      cluster.lossRate = random.pick([0, 0, 0.05, 0.3]);
      cluster.delayMsMax = random.pick([2, 20, 20, 150]);
      cluster.note(`loss ${cluster.lossRate} delay ${cluster.delayMsMax}`);
      return;
    case 9: {
      const to = random.pick(cluster.options.membership.members);
      cluster.note(`switchover to ${to}`);
      cluster.active?.step({ type: 'switchoverRequested', to });
      return;
    }
  }
}

function crash(cluster: Cluster, id: string): void {
  const member = cluster.members.get(id);
  if (!member?.isUp) return;
  cluster.note(`crash ${id}`);
  member.crash();
  const refusing = cluster.random.chance(0.7);
  if (!refusing) return;
  for (const other of cluster.members.values()) {
    if (other.id === id || cluster.isCut(id, other.id)) continue;
    cluster.agenda.after(cluster.random.int(5, 250), () => {
      if (!member.isUp) other.step({ type: 'evidenceFound', peer: id, evidence: 'gone' });
    });
  }
}

function restart(cluster: Cluster, id: string): void {
  const member = cluster.members.get(id);
  if (!member || member.isUp) return;
  cluster.note(`start ${id}`);
  member.start();
  for (const other of cluster.members.values()) {
    if (other.id !== id) other.step({ type: 'evidenceFound', peer: id, evidence: 'connected' });
  }
}

function heal(cluster: Cluster, a: string, b: string): void {
  cluster.note(`heal ${a} <> ${b}`);
  cluster.cut.delete(`${a}>${b}`);
  cluster.cut.delete(`${b}>${a}`);
}

function mend(cluster: Cluster): void {
  cluster.note('mend everything');
  cluster.cut.clear();
  cluster.lossRate = 0;
  cluster.delayMsMax = 4;
  for (const member of cluster.members.values()) {
    member.suspended = false;
    member.diskSlowness = 1;
    restart(cluster, member.id);
  }
}
