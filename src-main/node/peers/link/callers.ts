import { sourceOf } from '../../base/host-address.ts';
import { strangersMax, strangersPerAddressMax } from './peer-limits.ts';

interface Caller {
  close: () => void;
}

/**
 * Connections of servers that are not links yet, by source (IPv6: one /64). When there is no room for
 * another one, the oldest of the source that has most of them goes, if that has more than the new one:
 * whoever calls from few addresses cannot keep the others out.
 */
export class Callers {
  readonly #groups = new Map<string, Set<Caller>>();

  /** Counts it until the returned function is called. Undefined: there is no room. */
  admit(address: string, close: () => void): (() => void) | undefined {
    const source = sourceOf(address);
    const group = this.#groups.get(source) ?? new Set();
    if (!this.#makeRoom(group)) return undefined;
    const caller: Caller = { close };
    group.add(caller);
    this.#groups.set(source, group);
    return () => this.#forget(source, group, caller);
  }

  #makeRoom(group: Set<Caller>): boolean {
    if (group.size >= strangersPerAddressMax) return false;
    const all = [...this.#groups.values()];
    if (all.reduce((sum, { size }) => sum + size, 0) < strangersMax) return true;
    const [most] = all.sort((a, b) => b.size - a.size);
    const [oldest] = most ?? [];
    if (!most || !oldest || most.size <= group.size + 1) return false;
    most.delete(oldest);
    oldest.close();
    return true;
  }

  #forget(source: string, group: Set<Caller>, caller: Caller): void {
    group.delete(caller);
    if (group.size === 0 && this.#groups.get(source) === group) this.#groups.delete(source);
  }
}
