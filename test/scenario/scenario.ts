import type { LeaseProof } from '../../src-main/node/core/ledger/event.ts';
import type { Term } from '../../src-main/node/core/replica/term.ts';
import type { Lease } from '../../src-shared/model/lease.ts';
import { formatInstant } from '../../src-shared/model/scalars.ts';
import { type Token, tokenOf } from '../simulation/client.ts';
import type { Answer } from '../simulation/member.ts';
import { startMs } from '../support/core-host.ts';
import { describeAnswer } from './transcript.ts';
import { type Server, ServerStory } from './server-story.ts';

interface Seat {
  lease: Lease;
  token: Token;
  server: string;
  ended: boolean;
}

/** How often a client renews: a third of the life of its lease. */
const renewEveryMs = 3_000;

/**
 * A story of a few servers and their clients on simulated time, told step by step, and the transcript
 * of what everybody saw. Nothing goes wrong but what the story says.
 */
export class Scenario extends ServerStory {
  readonly #seats = new Map<string, Seat>();
  #leaseCount = 0;

  /** Checks out at a server, or at the one that serves; then renews on its own until it returns. */
  checkout(
    user: string,
    options: { at?: Server; feature?: string; borrowDays?: number } = {},
  ): Answer | null {
    const server = options.at ?? this.active();
    const seat = this.#seats.get(user);
    const borrow =
      options.borrowDays === undefined
        ? {}
        : { borrowUntil: formatInstant(startMs + options.borrowDays * 86_400_000) };
    const answer = this.ask(server, {
      type: 'checkoutRequested',
      leaseId: `lease-${++this.#leaseCount}`,
      request: {
        feature: options.feature ?? 'cad',
        units: 1,
        client: { instance: user, user, host: `ws-${user}` },
        ...borrow,
      },
      ...(seat ? shown(seat.token) : {}),
    });
    const what = options.borrowDays === undefined ? 'asks' : 'asks to borrow';
    const again =
      seat && answer?.type === 'leaseGranted' && answer.terms.lease.id === seat.lease.id;
    this.line(
      user,
      `${what} SRV-${server}: ${describeAnswer(answer)}${again ? ', the same seat' : ''}`,
    );
    if (answer?.type === 'leaseGranted') this.#sit(user, server, answer);
    return answer;
  }

  #sit(user: string, server: string, answer: Extract<Answer, { type: 'leaseGranted' }>): void {
    const { lease } = answer.terms;
    const seat = { lease, token: tokenOf(answer.terms, server), server, ended: false };
    this.#seats.set(user, seat);
    this.#renewLater(user, seat);
  }

  #renewLater(user: string, seat: Seat): void {
    this.cluster.agenda.after(renewEveryMs, () => this.#renew(user, seat));
  }

  #renew(user: string, seat: Seat, tried = 0): void {
    if (seat.ended || this.#seats.get(user) !== seat) return;
    const { server } = seat;
    this.cluster.request(
      server,
      { type: 'renewalRequested', leaseId: seat.lease.id, ...shown(seat.token) },
      (answer) => {
        if (answer?.type === 'leaseRenewed') {
          const moved = seat.token.term.member !== server;
          seat.token = tokenOf(answer.terms, server);
          if (moved) this.line(user, `is renewed by SRV-${server}`);
          this.#renewLater(user, seat);
        } else if (answer?.type === 'refused') {
          this.#noteRefused(user, seat, answer);
        } else {
          seat.server = this.#otherServer(seat, answer);
          const again = () => this.#renew(user, seat, tried + 1);
          this.cluster.agenda.after(200, again);
        }
      },
    );
  }

  #noteRefused(user: string, seat: Seat, answer: Extract<Answer, { type: 'refused' }>): void {
    this.line(user, `is not renewed by SRV-${seat.server}: ${describeAnswer(answer)}`);
    seat.ended = answer.code === 'LS_NO_SUCH_LEASE';
    if (seat.ended) return;
    this.#renewLater(user, seat);
  }

  #otherServer(seat: Seat, answer: Answer | null): string {
    if (answer?.type === 'notServing' && answer.active !== null) return answer.active;
    const { members } = this.cluster.options.membership;
    return members[(members.indexOf(seat.server) + 1) % members.length] ?? seat.server;
  }

  /** The client asks another server from now on, as after a change of its network. */
  moveTo(user: string, server: Server): void {
    this.#seatOf(user).server = server;
    this.line(user, `asks SRV-${server} from now on`);
  }

  return(user: string, at: string = this.active()): Answer | null {
    const seat = this.#seatOf(user);
    const answer = this.ask(at, { type: 'returnRequested', leaseId: seat.lease.id });
    this.line(user, `gives the seat back to SRV-${at}: ${describeAnswer(answer)}`);
    if (answer?.type === 'leaseEnded') this.#seats.delete(user);
    return answer;
  }

  /** An admin takes the seat away, at the server that serves. */
  release(user: string): void {
    const seat = this.#seatOf(user);
    const answer = this.ask(this.active(), { type: 'releaseRequested', leaseId: seat.lease.id });
    this.line('admin', `releases the seat of ${user}: ${describeAnswer(answer)}`);
  }

  /** Shows the newest token to a server, once, whether it has ended or not. */
  renew(user: string, at: Server): Answer | null {
    const seat = this.#seatOf(user);
    const { lease, token } = seat;
    const request = { type: 'renewalRequested' as const, leaseId: lease.id, ...shown(token) };
    const answer = this.ask(at, request);
    if (answer?.type === 'leaseRenewed') seat.token = tokenOf(answer.terms, at);
    this.line(user, `asks SRV-${at} to renew: ${describeAnswer(answer)}`);
    return answer;
  }

  /** The client's computer sleeps: it renews nothing until it is asked to. */
  sleep(user: string): void {
    this.line(user, 'falls asleep');
    this.#seatOf(user).ended = true;
  }

  #seatOf(user: string): Seat {
    const seat = this.#seats.get(user);
    if (!seat) throw new Error(`${user} has no seat`);
    return seat;
  }

  /** The client's program is killed: it renews no longer. */
  vanish(user: string): void {
    this.line(user, 'is killed');
    this.#seats.delete(user);
  }

  /** Users whose lease is known where it counts. */
  seats(): string[] {
    const leases = this.cluster.active?.state?.ledger.leases.values() ?? [];
    return [...leases].map(({ holder }) => holder.user).sort();
  }

  /**
   * Units by whom their holders were told last that they have them, and those that are free, as it is known
   * where it counts. Of a licence of "cad".
   */
  accounting(): { by: Record<string, number>; free: number } {
    const state = this.cluster.active?.state;
    const license = state?.ledger.licenses.get('lic-cad');
    const out = state?.ledger.unitCountByLicense.get('lic-cad')?.units ?? 0;
    const by: Record<string, number> = {};
    for (const { token } of this.#seats.values()) {
      by[token.proof.signer] = (by[token.proof.signer] ?? 0) + token.proof.lease.units;
    }
    return { by, free: (license?.versions.at(-1)?.grant.units ?? 0) - out };
  }
}

/** What a request brings along. */
function shown({ proof, term }: Token): { proof: LeaseProof; fence: Term } {
  return { proof, fence: term };
}
