import { type AdminAnswer, refuse } from '../../../../src-shared/contract/admin-error.ts';
import type { SuccessorOffer } from '../../../../src-shared/contract/peers.ts';
import { serverIdOf } from '../../identity/server-id.ts';
import { formatPublicKey, type IdentityKey, parsePublicKey } from '../../identity/key-file.ts';
import type { Log } from '../../base/log.ts';
import type { PairedServers } from './paired-servers.ts';
import type { Partners } from './partners.ts';
import type { ServerTimeline } from './server-timeline.ts';
import { isSuccessorProof, makeSuccessorProof, successorExporterLabel } from './successor-proof.ts';

export interface SuccessorsOptions {
  ownId: string;
  paired: PairedServers;
  timeline: ServerTimeline;
  /** Keying material of the link with a server; undefined: there is none now. */
  exportKeyingMaterial: (id: string, label: string) => Buffer | undefined;
  partners: Pick<Partners, 'has'>;
  nameOf: (id: string) => string;
  log: Pick<Log, 'error'>;
  /** A pairing is with another key now. */
  onMoved: (nextId: string) => void;
}

/** The keys that follow those of paired servers, whose ids change with them (docs/pairing.md). */
export class Successors {
  readonly #options: SuccessorsOptions;

  constructor(options: SuccessorsOptions) {
    this.#options = options;
  }

  /**
   * A server tells, over the link with its present key, which key comes next. Both are accepted from
   * then on. To be called in the turn in which the message came: the proof is of that connection.
   */
  async accept(from: string, offer: SuccessorOffer): Promise<AdminAnswer<Record<string, never>>> {
    const { ownId, paired, timeline, exportKeyingMaterial, partners, nameOf } = this.#options;
    const exported = exportKeyingMaterial(from, successorExporterLabel);
    const publicKey = parsePublicKey(offer.publicKey);
    const { id: nextId } = offer;
    if (!publicKey || serverIdOf(publicKey) !== nextId) {
      return refuse('BAD_REQUEST', 'The new key does not have the id that it is said to have.');
    }
    const channel = { presentId: from, nextId, receiverId: ownId };
    if (!exported || !isSuccessorProof(offer.proof, publicKey, { ...channel, exported })) {
      const message = 'The proof of the new key does not hold on this connection. Try again.';
      return refuse('PAIRING_REFUSED', message);
    }
    if (nextId === ownId || paired.get(nextId)) {
      return refuse('PAIRING_REFUSED', 'The new key is that of a server that is known already.');
    }
    if (partners.has(from)) {
      const message = `${nameOf(ownId)} is in a relationship with ${nameOf(from)}. Dissolve it first.`;
      return refuse('SERVER_IN_USE', message);
    }
    if (paired.get(from)?.successor?.id !== nextId) {
      await paired.update(from, { successor: { id: nextId, publicKey: offer.publicKey } });
      timeline.noteSuccessor(from, nextId);
    }
    return { ok: true, value: {} };
  }

  /** Tells a server of the next key of this one; undefined: there is no link now. */
  offerTo(receiverId: string, nextKey: IdentityKey): SuccessorOffer | undefined {
    const { ownId, exportKeyingMaterial } = this.#options;
    const exported = exportKeyingMaterial(receiverId, successorExporterLabel);
    if (!exported) return undefined;
    const { id: nextId, privateKey, publicKey } = nextKey;
    const channel = { presentId: ownId, nextId, receiverId, exported };
    const proof = makeSuccessorProof(privateKey, channel);
    return { id: nextId, publicKey: formatPublicKey(publicKey), proof };
  }

  /** Like `take`, and true at once when this key was announced by that server. */
  takeOf(id: string, shownId: string): boolean {
    if (this.#options.paired.successorOf(shownId)?.id !== id) return false;
    void this.take(shownId);
    return true;
  }

  /**
   * Somebody has proved to hold a key. If it was announced as a successor the pairing moves to it, and
   * the key before is accepted no longer. False: that could not be stored.
   */
  async take(shownId: string): Promise<boolean> {
    const { paired, timeline, log, onMoved } = this.#options;
    if (!paired.successorOf(shownId)) return true;
    try {
      const former = await paired.moveToSuccessor(shownId);
      if (!former) return true;
      timeline.noteMoved(former, shownId);
      onMoved(shownId);
      return true;
    } catch (error) {
      log.error('The new key of a paired server could not be stored', error);
      return false;
    }
  }
}
