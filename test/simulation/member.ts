import type { Instant } from '../../src-main/node/core/event.ts';
import type { PeerMessage } from '../../src-main/node/core/replica/message.ts';
import type {
  NotServing,
  ReplicaEffect,
  ReplicaEvent,
} from '../../src-main/node/core/replica/replica-effect.ts';
import type {
  Membership,
  ReplicaState,
  Timing,
} from '../../src-main/node/core/replica/replica-state.ts';
import { createReplica, stepReplica } from '../../src-main/node/core/replica/replica.ts';
import type { Reply } from '../../src-main/node/core/effect.ts';
import { startMs } from '../support/core-host.ts';
import type { Agenda } from './agenda.ts';
import type { Random } from './random.ts';
import { SimulatedStore } from './simulated-store.ts';

export type Answer = Reply | NotServing;

export interface MemberPorts {
  agenda: Agenda;
  random: Random;
  send(from: string, to: string, message: PeerMessage): void;
  answered(member: string, requestId: number, answer: Answer): void;
  stepped(member: Member): void;
}

/** One server: the real replica, a simulated clock and disk, and a runner as the real one must be. */
export class Member {
  readonly store = new SimulatedStore();
  state: ReplicaState | null = null;
  suspended = false;
  /** Slow disks take this much longer. */
  diskSlowness = 1;
  wallOffsetMs = 0;
  readonly drift: number;
  #queue: ReplicaEffect[] = [];
  #writing = false;
  /** Rises at every stop, so that what was planned before does not happen after. */
  #life = 0;
  readonly id: string;
  readonly #membership: Membership;
  readonly #timing: Timing;
  readonly #ports: MemberPorts;

  constructor(id: string, membership: Membership, timing: Timing, ports: MemberPorts) {
    this.id = id;
    this.#membership = membership;
    this.#timing = timing;
    this.#ports = ports;
    this.drift = 1 + (ports.random.next() - 0.5) * 0.0002;
  }

  get isUp(): boolean {
    return this.state !== null;
  }

  get isActive(): boolean {
    return this.state?.role.type === 'active';
  }

  start(): void {
    if (this.state) return;
    this.#life++;
    this.suspended = false;
    this.state = createReplica(
      structuredClone(this.store.read()),
      {
        serverId: this.id,
        demoVendorKeyId: 'demo',
        newLedgerId: 'ledger',
        membership: this.#membership,
        timing: this.#timing,
      },
      this.#instant(),
    );
    this.#tickLater(this.#life);
  }

  /** kill -9: what is not durable is lost. */
  crash(): void {
    this.#life++;
    this.state = null;
    this.#queue = [];
    this.#writing = false;
  }

  step(event: ReplicaEvent): void {
    if (!this.state) return;
    if (this.suspended) {
      const life = this.#life;
      this.#ports.agenda.after(50, () => life === this.#life && this.step(event));
      return;
    }
    const effects = stepReplica(this.state, event, this.#instant());
    for (const effect of effects) {
      if (effect.type === 'sendNow') this.#ports.send(this.id, effect.to, effect.message);
      else this.#queue.push(effect);
    }
    this.#ports.stepped(this);
    this.#drain();
  }

  #instant(): Instant {
    const nowMs = this.#ports.agenda.nowMs;
    return {
      monotonicMs: nowMs * this.drift + 1_000,
      wallMs: startMs + nowMs * this.drift + this.wallOffsetMs,
    };
  }

  #tickLater(life: number): void {
    this.#ports.agenda.after(50 + this.#ports.random.int(0, 5), () => {
      if (life !== this.#life) return;
      if (!this.suspended) this.step({ type: 'ticked' });
      this.#tickLater(life);
    });
  }

  #drain(): void {
    while (!this.#writing) {
      const effect = this.#queue.shift();
      if (!effect) return;
      if (effect.type === 'persist') this.#write(effect);
      else this.#execute(effect);
    }
  }

  #write(effect: Extract<ReplicaEffect, { type: 'persist' }>): void {
    this.#writing = true;
    const life = this.#life;
    const delayMs = this.#ports.random.int(0, 4) * this.diskSlowness;
    this.#ports.agenda.after(delayMs, () => {
      if (life !== this.#life) return;
      for (const write of effect.writes) this.store.write(structuredClone(write));
      this.#writing = false;
      this.step({ type: 'persisted', number: effect.number });
      this.#drain();
    });
  }

  #execute(effect: Exclude<ReplicaEffect, { type: 'persist' }>): void {
    switch (effect.type) {
      case 'send':
      case 'sendNow':
        this.#ports.send(this.id, effect.to, effect.message);
        return;
      case 'sendImage': {
        const { term, commitIndex, position } = effect;
        const image = structuredClone(this.store.image(position));
        this.#ports.send(this.id, effect.to, { type: 'image', term, image, commitIndex });
        return;
      }
      case 'reply':
        this.#ports.answered(this.id, effect.requestId, effect.reply);
        return;
    }
  }
}
