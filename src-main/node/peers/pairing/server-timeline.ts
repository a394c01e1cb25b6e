import { describeAllowed } from '../../../../src-shared/view/describe-consent.ts';
import type { TimelineNote } from '../../base/timeline-note.ts';
import type { Severity, TimelineKind } from '../../../../src-shared/model/timeline.ts';
import {
  clockDifferenceMsMax,
  clockDifferenceToldMs,
} from '../../../../src-shared/model/clock-difference.ts';
import type { Actor } from '../../../../src-shared/model/actor.ts';
import type { ConsentPart } from '../../../../src-shared/model/consent.ts';
import type { LinkEvent } from '../link/link-event.ts';
import { describeCopy } from '../link/link-problem.ts';
import { describeOwnCopy } from '../../../../src-shared/view/describe-copy.ts';
import { describeSpan } from '../../../../src-shared/view/describe-span.ts';
import {
  describeOwnPutBack,
  describePutBack,
} from '../../../../src-shared/view/describe-put-back.ts';
import { describeStranger } from '../../../../src-shared/view/describe-stranger.ts';
import { describeUnknownThere } from '../link/link-problem.ts';
import type { AcceptOutcome } from './pairing.ts';

/** After a difference between clocks was less than this, it is told anew. */
const clockFineMs = 50_000;

/** A copy that was not heard of for so long is news when it calls again. */
const copyAgainMs = 600_000;

/** Entries about one link that may be made in a burst, and the time for one more. */
const entriesMax = 20;
const entryEveryMs = 30_000;

/** Tells the timeline of pairings and links: changes only, and no flood from a link that flaps. */
export class ServerTimeline {
  readonly #report: (note: TimelineNote) => void;
  readonly #nameOf: (id: string) => string;
  readonly #admin: Actor;
  readonly #connected = new Set<string>();
  /** Of which difference the timeline tells: the clock, or that it is too great to synchronise. */
  readonly #clockTold = new Map<string, 'differs' | 'apart'>();
  /** When a copy was last refused, or this server as one, on the monotonic clock. */
  readonly #copies = new Map<string, number>();
  readonly #spent = new Map<string, { count: number; atMs: number }>();

  constructor(
    report: (note: TimelineNote) => void,
    nameOf: (id: string) => string,
    /** Who pairs and forgets here. */
    admin: Actor,
  ) {
    this.#report = report;
    this.#nameOf = nameOf;
    this.#admin = admin;
  }

  note(event: LinkEvent): void {
    const name = this.#nameOf(event.id);
    switch (event.type) {
      case 'connected':
        if (this.#connected.has(event.id)) return;
        this.#connected.add(event.id);
        this.#tell(event.id, 'serverConnected', 'info', `Connected to ${name}.`);
        return;
      case 'disconnected': {
        const message = `The connection to ${name} was lost: ${event.detail}.`;
        this.#disconnect(event.id, 'warning', message);
        return;
      }
      case 'goodbye':
        if (event.reason === 'stopping') {
          this.#disconnect(event.id, 'info', `${name} was stopped in order.`);
        } else this.#connected.delete(event.id);
        return;
      case 'gone': {
        const message = `${name} stopped unexpectedly: its process is gone.`;
        this.#tell(event.id, 'serverDisconnected', 'error', message);
        return;
      }
      case 'clockMeasured':
        this.#noteClock(event.id, name, event.differenceMs);
        return;
      case 'problem':
        if (event.problem.code === 'OTHER_KEY') {
          this.#tell(event.id, 'pairingRefused', 'warning', `${name}: ${event.problem.message}`);
        } else if (event.problem.code === 'SAME_IDENTITY') {
          this.#noteCopy(`refused by ${event.id}`, `${name}: ${event.problem.message}`);
        }
        return;
      case 'copyRefused':
        this.#noteCopy(event.id, describeCopy(name, event.address));
        return;
      case 'message':
      case 'taken':
      case 'bootsHeard':
      case 'ownBootHeard':
      case 'detailsHeard':
      case 'addressProven':
      case 'keyProven':
      case 'pairingEnded':
    }
  }

  /**
   * A directory was put back: the server does not know of a start that was known here. `isWiped`: it
   * knows of none but the present one.
   */
  notePutBack(id: string, isWiped: boolean): void {
    const message = describePutBack(this.#nameOf(id), isWiped);
    this.#tell(id, 'directoryPutBack', 'warning', message);
  }

  /** The directory of this server was put back, as another one says. */
  noteOwnPutBack(id: string): void {
    this.#tell(id, 'directoryPutBack', 'warning', describeOwnPutBack(this.#nameOf(id)));
  }

  /** `actor`: an admin here by default. */
  notePaired(id: string, given: readonly ConsentPart[], actor = this.#admin): void {
    const name = this.#nameOf(id);
    const allowed = given.length > 0 ? ` ${describeAllowed(given, 'this server', name)}` : '';
    const message = `Paired with ${name}, ${id}.${allowed}`;
    this.#report({ kind: 'serverPaired', severity: 'info', message, actor });
  }

  /** A server asks for a relationship, and an admin here has to answer. */
  noteAsked(id: string): void {
    const message =
      `${this.#nameOf(id)} asks for a relationship with this server. An admin here accepts or refuses ` +
      'it, in the tab Failover or by: understudy relationship requests.';
    this.#tell(id, 'relationshipAsked', 'warning', message, this.#serverActor(id));
  }

  noteSuccessor(id: string, nextId: string): void {
    const message =
      `${this.#nameOf(id)} gets a new key at its next start, and the id ${nextId} with it. The ` +
      'present key is accepted until then.';
    this.#report({ kind: 'serverPaired', severity: 'info', message });
  }

  noteMoved({ id, name }: { id: string; name: string }, nextId: string): void {
    this.#connected.delete(id);
    this.#clockTold.delete(id);
    const message =
      `${name} has a new key: its id is ${nextId} and was ${id}. The key before is not accepted any ` +
      'longer.';
    this.#report({ kind: 'serverPaired', severity: 'info', message });
  }

  noteForgotten(id: string, name: string): void {
    this.#connected.delete(id);
    this.#clockTold.delete(id);
    const message = `The pairing with ${name} was ended here.`;
    const actor = this.#admin;
    this.#report({ kind: 'serverForgotten', severity: 'info', message, actor });
  }

  /** `ordered`: by its admin, as it says; else it says that it knows of no pairing. */
  noteEndedByOther(id: string, ordered: boolean): void {
    this.#connected.delete(id);
    const name = this.#nameOf(id);
    const message = ordered
      ? `${name} has ended the pairing. Pair the two again if that was a mistake.`
      : describeUnknownThere(name);
    const actor = this.#serverActor(id);
    this.#report({ kind: 'serverForgotten', severity: 'warning', message, actor });
  }

  /** A server takes this one for paired, which does not know it. All such are told of as one. */
  noteStranger(id: string, name: string): void {
    this.#tell('a stranger', 'pairingRefused', 'warning', describeStranger(name, id));
  }

  /** What came of somebody's try to pair with this server. */
  noteAccepted(outcome: AcceptOutcome, given: readonly ConsentPart[]): void {
    switch (outcome.type) {
      case 'paired':
        return this.notePaired(outcome.partner.id, given, this.#serverActor(outcome.partner.id));
      case 'refused': {
        const { partner, triesLeft, reason } = outcome;
        const left =
          triesLeft === null
            ? ''
            : triesLeft === 0
              ? ' No more is taken from there until a new invitation is made.'
              : ` Tries left: ${triesLeft}.`;
        const who = `${partner.name}, ${partner.id}`;
        const message = `A pairing with ${who}, was refused: ${reason}.${left}`;
        // Whoever guesses, under whatever key, is told of as one.
        return this.#tell('a guesser', 'pairingRefused', 'warning', message);
      }
      case 'ignored':
    }
  }

  #disconnect(id: string, severity: Severity, message: string): void {
    if (!this.#connected.delete(id)) return;
    this.#tell(id, 'serverDisconnected', severity, message);
  }

  /** Another server on the network has this server's own identity. */
  noteOwnCopy(ownId: string, address: string): void {
    this.#noteCopy(ownId, describeOwnCopy(address));
  }

  /** Once as long as the copy goes on to show itself; `id` says which one is meant. */
  #noteCopy(id: string, message: string): void {
    const nowMs = performance.now();
    const before = this.#copies.get(id);
    this.#copies.set(id, nowMs);
    if (before !== undefined && nowMs - before < copyAgainMs) return;
    this.#tell(id, 'identityCopied', 'error', message);
  }

  #noteClock(id: string, name: string, differenceMs: number): void {
    const apartMs = Math.abs(differenceMs);
    if (apartMs < clockFineMs) this.#clockTold.delete(id);
    const told = this.#clockTold.get(id);
    const isApart = apartMs > clockDifferenceMsMax;
    if (apartMs <= clockDifferenceToldMs || told === 'apart' || (told && !isApart)) return;
    this.#clockTold.set(id, isApart ? 'apart' : 'differs');
    const how = differenceMs > 0 ? 'ahead of' : 'behind';
    const message =
      `The clock of ${name} is ${describeSpan(apartMs)} ${how} this one. Set both right, best by a time ` +
      'server: licences begin and end by them.' +
      (isApart
        ? ' Until then the two do not synchronise, and a failover loses what one of them lacks.'
        : '');
    this.#tell(id, 'clockDiffers', 'warning', message);
  }

  #serverActor(id: string): Actor {
    return { kind: 'server', name: this.#nameOf(id), server: id };
  }

  #tell(id: string, kind: TimelineKind, severity: Severity, message: string, actor?: Actor): void {
    const nowMs = performance.now();
    const spent = this.#spent.get(id) ?? { count: 0, atMs: nowMs };
    const regained = Math.floor((nowMs - spent.atMs) / entryEveryMs);
    const count = Math.max(0, spent.count - regained);
    if (count >= entriesMax) return;
    const atMs = count === 0 ? nowMs : spent.atMs + regained * entryEveryMs;
    this.#spent.set(id, { count: count + 1, atMs });
    this.#report({ kind, severity, message, ...(actor ? { actor } : {}) });
  }
}
