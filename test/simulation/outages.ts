import type { Cluster } from './cluster.ts';
import type { Member } from './member.ts';

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
    if (other.id === id || cluster.network.isCut(id, other.id)) continue;
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
    if (other === member) continue;
    other.step({ type: 'evidenceFound', peer: id, evidence: 'connected' });
    cluster.history.look(other);
  }
  cluster.history.look(member);
}
