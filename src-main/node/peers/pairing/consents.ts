import { randomBytes } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import {
  type ConsentPart,
  consentParts,
  type ConsentRequest,
  partsOf,
} from '../../../../src-shared/model/consent.ts';
import { primaryOf } from '../../../../src-shared/model/ledger-config.ts';
import { formatInstant } from '../../../../src-shared/model/scalars.ts';
import { shortId } from '../../../../src-shared/view/short-id.ts';
import type { Clock } from '../../base/clock.ts';
import type { ConsentAsked, PairedServer, PairedServers } from './paired-servers.ts';
import type { ServerTimeline } from './server-timeline.ts';

/** What a server asks for: how the ledger that it is about is to be kept. */
export type ConsentWish = Pick<ConsentAsked, 'relationship' | 'membership' | 'protects'>;

export interface ConsentsOptions {
  ownId: string;
  paired: PairedServers;
  timeline: Pick<ServerTimeline, 'noteAsked'>;
  clock: Clock;
  onChange: () => void;
}

/** A server that was refused asks for nothing else for so long. */
const quietMs = 60_000;

/**
 * What admins of this server let the paired ones have of it, and what those ask for (docs/pairing.md,
 * "Consent"). Both are kept with the pairing, so that they outlast a start.
 */
export class Consents {
  readonly #options: ConsentsOptions;

  constructor(options: ConsentsOptions) {
    this.#options = options;
  }

  /** Whether an admin here has agreed to all that a server wants, for itself and for other members. */
  allows(id: string, wish: Pick<ConsentWish, 'relationship' | 'membership'>): boolean {
    const others = this.#pairedOthersOf(id, wish);
    return (
      this.#partsOf(wish).every((part) => this.of(id).includes(part)) &&
      others.every((other) =>
        this.#partsForOthers(wish).every((part) => this.of(other).includes(part)),
      )
    );
  }

  /** Lets a server have what it asks for, and with it the other members that it names. */
  async accept(id: string, asked: ConsentAsked): Promise<void> {
    for (const other of this.#pairedOthersOf(id, asked)) {
      await this.give(other, this.#partsForOthers(asked));
    }
    await this.give(id, this.#partsOf(asked));
  }

  of(id: string): readonly ConsentPart[] {
    const { paired } = this.#options;
    return (paired.isPaired(id) ? paired.get(id)?.consent : undefined) ?? [];
  }

  /** Adds to what a server may have. What it asked for is answered by that, if it is covered. */
  async give(id: string, parts: readonly ConsentPart[]): Promise<void> {
    const { paired, onChange } = this.#options;
    const server = paired.get(id);
    if (!server) return;
    const given = consentParts.filter(
      (part) => parts.includes(part) || server.consent?.includes(part),
    );
    const { asked } = server;
    const answered =
      asked &&
      this.#partsOf(asked).every((part) => given.includes(part)) &&
      this.#pairedOthersOf(id, asked).every((other) =>
        this.#partsForOthers(asked).every((part) => this.of(other).includes(part)),
      );
    if (!answered && isDeepStrictEqual(given, server.consent)) return;
    await paired.update(id, { consent: given, ...(answered ? { asked: undefined } : {}) });
    onChange();
  }

  /** Pairings of a version that knew no consent get what the relationship that they are in takes. */
  async adopt(partsHadBy: (id: string) => ConsentPart[]): Promise<void> {
    for (const { id, consent } of this.#options.paired.all()) {
      if (consent !== undefined) continue;
      await this.#options.paired.update(id, { consent: partsHadBy(id) });
    }
  }

  async takeBack(id: string): Promise<void> {
    await this.#options.paired.update(id, { consent: [] });
    this.#options.onChange();
  }

  /**
   * Notes what a server asks for; the same is noted once. False: an admin has refused it, or refused
   * something of that server just now.
   */
  async ask(from: string, wish: ConsentWish): Promise<boolean> {
    const { paired, timeline, clock, onChange } = this.#options;
    const { asked } = paired.get(from) ?? {};
    const isSame =
      asked !== undefined &&
      asked.relationship.id === wish.relationship.id &&
      isDeepStrictEqual(this.#partsOf(asked), this.#partsOf(wish));
    const nowMs = Math.round(clock().wallMs);
    if (asked?.refused && (isSame || Math.abs(nowMs - asked.atMs) < quietMs)) return false;
    if (isSame && (asked.protects || !wish.protects)) return true;
    // A wish that is completed, and one that is replaced, are others to the admin.
    const id = randomBytes(4).toString('hex');
    await paired.update(from, { asked: { ...wish, id, atMs: nowMs, refused: false } });
    timeline.noteAsked(from);
    onChange();
    return true;
  }

  /** A server wants it no longer. */
  async withdraw(from: string, relationshipId: string): Promise<void> {
    const { paired, onChange } = this.#options;
    if (paired.get(from)?.asked?.relationship.id !== relationshipId) return;
    await paired.update(from, { asked: undefined });
    onChange();
  }

  async refuse(from: string): Promise<void> {
    const { paired, clock, onChange } = this.#options;
    const asked = paired.get(from)?.asked;
    if (!asked) return;
    const atMs = Math.round(clock().wallMs);
    await paired.update(from, { asked: { ...asked, refused: true, atMs } });
    onChange();
  }

  /** The paired server that has asked and waits: of this id, or by the id of its request. */
  asker(reference: string): (PairedServer & { asked: ConsentAsked }) | undefined {
    return this.#waiting().find(({ id, asked }) => asked.id === reference || id === reference);
  }

  requests(): ConsentRequest[] {
    return this.#waiting().map(({ id, name, asked }) => ({
      id: asked.id,
      from: { id, name },
      kind: asked.relationship.kind,
      mutual: asked.relationship.mutual,
      others: this.#othersOf(id, asked).map((other) => this.#nameOf(other)),
      owner: this.#nameOf(this.#ownerOf(id, asked)),
      asks: this.#partsOf(asked),
      at: formatInstant(asked.atMs),
    }));
  }

  #waiting(): (PairedServer & { asked: ConsentAsked })[] {
    return this.#options.paired
      .all()
      .flatMap((server) =>
        server.asked && !server.asked.refused && !server.endedByOther
          ? [{ ...server, asked: server.asked }]
          : [],
      );
  }

  #nameOf(id: string): { id: string; name: string } {
    return { id, name: this.#options.paired.get(id)?.name ?? shortId(id) };
  }

  /** Of a mutual backup that is about this server's own licences too: the other one. */
  #ownerOf(from: string, { membership }: Pick<ConsentWish, 'membership'>): string {
    const primary = primaryOf(membership);
    return primary === this.#options.ownId ? from : primary;
  }

  /** Members of the relationship beside this server and the one that asks. */
  #othersOf(from: string, { relationship }: Pick<ConsentWish, 'relationship'>): string[] {
    return relationship.members.filter((id) => id !== from && id !== this.#options.ownId);
  }

  /** A member that is away when this server comes can be one that is not paired, and has nothing of it. */
  #pairedOthersOf(from: string, wish: Pick<ConsentWish, 'relationship'>): string[] {
    return this.#othersOf(from, wish).filter((id) => this.#options.paired.isPaired(id));
  }

  /** A witness votes for whoever asks for it; what is kept and shared is so with every member. */
  #partsForOthers(wish: Pick<ConsentWish, 'relationship' | 'membership'>): ConsentPart[] {
    return this.#partsOf(wish).filter((part) => part !== 'witness');
  }

  #partsOf({ relationship, membership }: Pick<ConsentWish, 'relationship' | 'membership'>) {
    return partsOf(membership, relationship, this.#options.ownId);
  }
}
