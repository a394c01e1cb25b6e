import type { AdminAnswer, AdminErrorCode } from '../../../../src-shared/contract/admin.ts';
import { formatInstant } from '../../../../src-shared/model/scalars.ts';
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
import { Invitations } from './invitations.ts';
import { acceptPairing, joinServer, type PairingEnvironment } from './pairing.ts';
import type { PairedServer } from './paired-servers.ts';
import type { PairingRecords } from './pairing-records.ts';

export interface PairingsOptions {
  environment: PairingEnvironment;
  records: PairingRecords;
  links: Pick<PeerLinks, 'update' | 'redial'>;
  timeline: ServerTimeline;
  partners: Pick<Partners, 'has'>;
  listen: () => ListenStatus;
  clock: Clock;
  nameOf: (id: string) => string;
  log: Pick<Log, 'error'>;
  onChange: () => void;
}

/** Pairings as admins make and end them, one after the other (docs/pairing.md). */
export class Pairings {
  readonly #options: PairingsOptions;
  readonly #invitations: Invitations;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(options: PairingsOptions) {
    this.#options = options;
    this.#invitations = new Invitations(() => options.clock().monotonicMs);
  }

  invitation(): InvitationStatus | null {
    const leftMs = this.#invitations.leftMs();
    if (leftMs === undefined) return null;
    return { expiresAt: formatInstant(this.#options.clock().wallMs + leftMs) };
  }

  invite(): AdminAnswer<{ code: string; expiresAt: string; addresses: string[] }> {
    const listen = this.#options.listen();
    if (!listen.open) {
      return fail('PAIRING_REFUSED', `No server can connect to this one. ${listen.reason.message}`);
    }
    const code = this.#invitations.invite();
    const expiresAt = this.invitation()?.expiresAt ?? '';
    this.#options.onChange();
    return { ok: true, value: { code, expiresAt, addresses: ownAddresses(listen) } };
  }

  /** Pairs with the server at an address, which has given out the code. */
  join(address: string, code: string): Promise<AdminAnswer<{ id: string }>> {
    return this.#inTurn(async () => {
      const { environment, timeline, links, onChange } = this.#options;
      const outcome = await joinServer(environment, address, code);
      if (!outcome.ok) return outcome;
      const { id } = outcome.partner;
      timeline.notePaired(id);
      links.update();
      links.redial(id);
      onChange();
      return { ok: true, value: { id } };
    });
  }

  forget(wanted: string): Promise<AdminAnswer<Record<string, never>>> {
    return this.#inTurn(async () => {
      const { environment, partners, timeline, links, nameOf, onChange } = this.#options;
      const matches = this.#matching(wanted);
      const [server] = matches;
      if (!server) {
        return fail('NO_SUCH_SERVER', `There is no pairing with ${wanted}. List the servers.`);
      }
      if (matches.length > 1) {
        const message = `${wanted} means several servers. Name the one by its whole id.`;
        return fail('NO_SUCH_SERVER', message);
      }
      const name = nameOf(server.id);
      if (partners.has(server.id)) {
        const message = `${name} is in a relationship with this server. Dissolve that first.`;
        return fail('SERVER_IN_USE', message);
      }
      await environment.paired.remove(server.id);
      links.update();
      timeline.noteForgotten(server.id, name);
      onChange();
      return { ok: true, value: {} };
    });
  }

  /** Somebody wants to pair with this server. */
  async accept(connection: PeerConnection, hello: Hello): Promise<void> {
    const { environment, timeline, links, log, onChange } = this.#options;
    try {
      const outcome = await acceptPairing(environment, this.#invitations, connection, hello);
      timeline.noteAccepted(outcome);
      if (outcome.type === 'paired') links.update();
      onChange();
    } catch (error) {
      log.error('A pairing failed', error);
      connection.destroy('the pairing failed');
    }
  }

  /** The other server has ended the pairing: its key is not accepted any longer. */
  async noteEnded(id: string): Promise<void> {
    const { records, timeline, links, onChange } = this.#options;
    if (!(await records.noteEnded(id))) return;
    timeline.noteEndedByOther(id);
    links.update();
    onChange();
  }

  /** Resolves when what was ordered is done. */
  async settled(): Promise<void> {
    await this.#turn;
  }

  #matching(wanted: string): PairedServer[] {
    const all = this.#options.environment.paired.all();
    const exact = all.filter(({ id, name }) => id === wanted || name === wanted);
    if (exact.length > 0) return exact;
    return wanted.length < 8 ? [] : all.filter(({ id }) => id.startsWith(wanted));
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(work);
    this.#turn = turn.catch(() => undefined);
    return turn;
  }
}

function fail(code: AdminErrorCode, message: string): AdminAnswer<never> {
  return { ok: false, code, message };
}
