import type { PeerMessage } from '../../src-main/node/core/replica/message.ts';
import { type Clocks, compareClocks, passes } from '../../src-main/node/replicas/clocks-apart.ts';
import type { Agenda } from './agenda.ts';
import type { Member } from './member.ts';
import type { Random } from './random.ts';
import { asJson } from './as-json.ts';

export interface NetworkPorts {
  agenda: Agenda;
  random: Random;
  member(id: string): Member | undefined;
  /** Called with everything that a server says, whether it arrives or not. */
  sent(from: string, message: PeerMessage): void;
  /** A server heard from another one that it has nothing of the ledger. */
  strangeLedger(member: Member, at: string): void;
}

/** What a network is like at a moment; the ledgers of the same servers share it. */
export interface Weather {
  /** Ordered pairs between which nothing passes. */
  readonly cut: Set<string>;
  /** When a pair was parted, or found each other again, last. */
  lastCutMs: number;
  lossRate: number;
  delayMsMax: number;
}

/** Longest wait for the answer to a call of a server, in ms. */
const callMsMax = 5_000;

/** What passes between servers, and between them and clients: late, more than once or not at all. */
export class Network {
  readonly weather: Weather;
  readonly #ports: NetworkPorts;

  constructor(ports: NetworkPorts, weather?: Weather) {
    this.#ports = ports;
    const fine = { cut: new Set<string>(), lastCutMs: -Infinity, lossRate: 0, delayMsMax: 4 };
    this.weather = weather ?? fine;
  }

  isCut(from: string, to: string): boolean {
    const { cut } = this.weather;
    return cut.size > 0 && cut.has(`${from}>${to}`);
  }

  /** What the links of a server measure, with those that it is connected with. */
  #clocksAt(id: string): Clocks {
    const { member } = this.#ports;
    return {
      clockDifferenceMs: (otherId) => {
        const [own, other] = [member(id), member(otherId)];
        const isConnected = !this.isCut(id, otherId) && !this.isCut(otherId, id);
        if (!own || !other?.isUp || !isConnected) return null;
        return other.instant().wallMs - own.instant().wallMs;
      },
    };
  }

  /** As `Replicas` does with each tick. */
  compareClocks(member: Member): void {
    const { state } = member;
    if (state)
      compareClocks({ state, step: (event) => member.step(event) }, this.#clocksAt(member.id));
  }

  /** A time on the way, in ms. */
  delayMs(): number {
    return this.#ports.random.int(0, this.weather.delayMsMax);
  }

  send(from: string, to: string, message: PeerMessage): void {
    const { agenda, random, sent } = this.#ports;
    sent(from, message);
    if (this.isCut(from, to) || random.chance(this.weather.lossRate)) return;
    const copy = asJson(message);
    const deliver = () =>
      agenda.after(this.delayMs(), () => {
        if (!this.isCut(from, to)) this.#deliver(from, to, copy);
      });
    deliver();
    const { lossRate } = this.weather;
    if (lossRate > 0 && random.chance(lossRate)) deliver();
  }

  /**
   * Asks another server; the answer is null when none comes in time. Nothing comes of it when the one that
   * asks is started anew meanwhile.
   */
  call<T>(
    from: Member,
    to: string,
    ask: (other: Member) => T | null,
    answered: (answer: T | null) => void,
  ): void {
    const { agenda, member } = this.#ports;
    const { state } = from;
    let isDone = false;
    const finish = (answer: T | null) => {
      if (isDone || from.state !== state) return;
      isDone = true;
      answered(answer);
    };
    agenda.after(callMsMax, () => finish(null));
    agenda.after(this.delayMs(), () => {
      const other = member(to);
      if (!other?.isUp || this.isCut(from.id, to)) return finish(null);
      other.whenAwake(() => {
        const answer = ask(other);
        agenda.after(this.delayMs(), () => {
          if (!this.isCut(to, from.id)) from.whenAwake(() => finish(answer));
        });
      });
    });
  }

  #deliver(from: string, to: string, message: PeerMessage): void {
    const receiver = this.#ports.member(to);
    if (!receiver?.isUp) return;
    if (receiver.state) {
      if (!passes(receiver.state, this.#clocksAt(to), from, message)) return;
      receiver.step({ type: 'messageReceived', from, message });
      return;
    }
    receiver.whenAwake(() => {
      if (!receiver.store) this.tellStrange(receiver, from);
    });
  }

  /** A server says to another one that it has nothing, or less than it should have, of the ledger. */
  tellStrange({ id }: Member, to: string): void {
    const { agenda, member, strangeLedger } = this.#ports;
    agenda.after(this.delayMs(), () => {
      const receiver = member(to);
      if (!this.isCut(id, to)) receiver?.whenAwake(() => strangeLedger(receiver, id));
    });
  }
}
