import { type AdminAnswer, refuse } from '../../../../src-shared/contract/admin-error.ts';
import { formatInstant } from '../../../../src-shared/model/scalars.ts';
import type { Allowed, ConsentPart } from '../../../../src-shared/model/consent.ts';
import type { InvitationStatus } from '../../../../src-shared/model/server-row.ts';
import type { Clock } from '../../base/clock.ts';
import type { ListenStatus } from '../../base/listen-status.ts';
import type { Log } from '../../base/log.ts';
import type { Hello } from '../link/link-message.ts';
import { ownAddresses } from '../link/own-addresses.ts';
import type { PeerConnection } from '../link/peer-connection.ts';
import type { PeerLinks } from '../link/peer-links.ts';
import type { Partners } from './partners.ts';
import type { ServerTimeline } from './server-timeline.ts';
import { findServer } from './find-server.ts';
import { invitationTriesMax, Invitations, type SharedInvitations } from './invitations.ts';
import { acceptPairing, joinServer, type PairingEnvironment } from './pairing.ts';
import type { PairingRecords } from './pairing-records.ts';

export interface PairingsOptions {
  environment: PairingEnvironment;
  records: PairingRecords;
  shared: SharedInvitations;
  links: Pick<PeerLinks, 'update' | 'redial'>;
  timeline: ServerTimeline;
  partners: Pick<Partners, 'has'>;
  listen: () => ListenStatus;
  clock: Clock;
  nameOf: (id: string) => string;
  log: Pick<Log, 'error'>;
  onChange: () => void;
}

/** What another server said of a pairing with it. */
interface EndOfPairing {
  id: string;
  /** Its admin ended it; else it knows of none. */
  ordered: boolean;
  /** See `PairedServers.pairingOf`. */
  pairing: number;
}

/** Pairings as admins make and end them, one after the other (docs/pairing.md). */
export class Pairings {
  readonly #options: PairingsOptions;
  readonly #invitations: Invitations;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(options: PairingsOptions) {
    this.#options = options;
    this.#invitations = new Invitations(() => options.clock().monotonicMs, options.shared);
  }

  invitation(): InvitationStatus | null {
    const leftMs = this.#invitations.leftMs();
    if (leftMs === undefined) return null;
    const { wallMs, monotonicMs } = this.#options.clock();
    const { told, more } = this.#invitations.wrongTries();
    return {
      expiresAt: formatInstant(wallMs + leftMs),
      allowed: this.#invitations.allowed(),
      wrongTries: told.map(({ address, count, lastMs, name }) => ({
        address,
        count,
        lastAt: formatInstant(wallMs - (monotonicMs - lastMs)),
        name,
        shut: count >= invitationTriesMax,
      })),
      moreSources: more,
    };
  }

  invite(allowed: Allowed): AdminAnswer<InvitationStatus & { code: string; addresses: string[] }> {
    const listen = this.#options.listen();
    if (!listen.open) {
      return refuse(
        'PAIRING_REFUSED',
        `No server can connect to this one. ${listen.reason.message}`,
      );
    }
    const code = this.#invitations.invite(allowed);
    this.#options.onChange();
    const status = this.invitation();
    if (!status) throw new Error('the invitation that was just made is over');
    return { ok: true, value: { ...status, code, addresses: ownAddresses(listen) } };
  }

  /** Pairs with the server at an address, which has given out the code. */
  join(
    address: string,
    code: string,
    allowed: Allowed,
  ): Promise<AdminAnswer<{ id: string; allows: ConsentPart[] }>> {
    return this.#inTurn(async () => {
      const { environment, timeline, links, onChange } = this.#options;
      const outcome = await joinServer(environment, address, code, allowed);
      if (!outcome.ok) return outcome;
      const { id, allows } = outcome.partner;
      timeline.notePaired(id, environment.paired.get(id)?.consent ?? []);
      links.update();
      links.redial(id);
      onChange();
      return { ok: true, value: { id, allows } };
    });
  }

  forget(wanted: string): Promise<AdminAnswer<{ id: string }>> {
    return this.#inTurn(async () => {
      const { environment, partners, timeline, links, nameOf, onChange } = this.#options;
      const none = `There is no pairing with ${wanted}. List the servers to see which are paired.`;
      const found = findServer(environment.paired.all(), wanted, none);
      if (!found.ok) return found;
      const { id } = found.value;
      const name = nameOf(id);
      if (partners.has(id)) {
        const message = `${name} is in a relationship with this server. Dissolve the relationship first.`;
        return refuse('SERVER_IN_USE', message);
      }
      await environment.paired.remove(id);
      links.update();
      timeline.noteForgotten(id, name);
      onChange();
      return { ok: true, value: { id } };
    });
  }

  /** Somebody wants to pair with this server. */
  async accept(connection: PeerConnection, hello: Hello): Promise<void> {
    const { environment, timeline, links, log, onChange } = this.#options;
    try {
      const outcome = await acceptPairing(environment, this.#invitations, connection, hello);
      const given = outcome.type === 'paired' ? environment.paired.get(outcome.partner.id) : null;
      timeline.noteAccepted(outcome, given?.consent ?? []);
      if (outcome.type === 'paired') links.update();
      onChange();
    } catch (error) {
      log.error('A pairing failed', error);
      connection.destroy('the pairing failed');
    }
  }

  /**
   * The other server has ended the pairing, or knows of none: its key is not accepted any longer. What it
   * said of a former pairing, or before a new one was made at both ends, is no word on that one.
   */
  noteEnded({ id, ordered, pairing }: EndOfPairing): Promise<void> {
    return this.#inTurn(async () => {
      const { environment, records, timeline, links, onChange } = this.#options;
      if (environment.paired.pairingOf(id) !== pairing) return links.redial(id);
      if (!(await records.noteEnded(id, ordered))) return;
      timeline.noteEndedByOther(id, ordered);
      links.update();
      onChange();
    });
  }

  /** Resolves when what was ordered is done. */
  async settled(): Promise<void> {
    await this.#turn;
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(work);
    this.#turn = turn.catch(() => undefined);
    return turn;
  }
}
