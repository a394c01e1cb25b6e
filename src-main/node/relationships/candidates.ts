import { shortId } from '../../../src-shared/view/short-id.ts';
import {
  type AdminAnswer,
  refuse,
  type Refusal,
} from '../../../src-shared/contract/admin-error.ts';
import { findServer } from '../peers/pairing/find-server.ts';

/** A server that can take part in a relationship, as this one knows it. */
export interface Candidate {
  id: string;
  name: string;
  address: string;
  paired: boolean;
  connected: boolean;
  clockDifferenceMs: number | null;
  version: string | null;
  /** When its directory was last found to have been put back; null, or absent: never. */
  putBackAt?: string | null;
}

export interface OwnServer {
  id: string;
  name: string;
  address: string;
  version: string;
}

/** The answer of a server that cannot keep anything now. */
export function refuseUnwritable(name: string, failure: string): Refusal {
  return refuse('STORE_UNAVAILABLE', `${name} cannot write to its disk: ${failure}.`);
}

/** This server and the others that it knows. */
export class Candidates {
  readonly #own: () => OwnServer;
  readonly #rows: () => readonly Candidate[];

  constructor(own: () => OwnServer, rows: () => readonly Candidate[]) {
    this.#own = own;
    this.#rows = rows;
  }

  get ownId(): string {
    return this.#own().id;
  }

  all(): Candidate[] {
    const own = { ...this.#own(), paired: true, connected: true, clockDifferenceMs: 0 };
    return [own, ...this.#rows()];
  }

  get(id: string): Candidate {
    return (
      this.all().find((server) => server.id === id) ?? {
        id,
        name: shortId(id),
        address: '',
        paired: false,
        connected: false,
        clockDifferenceMs: null,
        version: null,
      }
    );
  }

  nameOf(id: string): string {
    return this.get(id).name;
  }

  /** Who keeps a ledger together with this server must be paired with it; undefined: all are. */
  refuseUnpaired(ids: readonly string[]): AdminAnswer<never> | undefined {
    const stranger = ids.map((id) => this.get(id)).find(({ paired }) => !paired);
    if (!stranger) return undefined;
    const message = `${stranger.name} is not paired with ${this.nameOf(this.ownId)}. Pair the two first.`;
    return { ok: false, code: 'NO_SUCH_SERVER', message };
  }

  /** Those of these servers that cannot be reached from here. */
  absentOf(ids: readonly string[]): string[] {
    return ids.filter((id) => !this.get(id).connected);
  }

  /** A server by its id, the beginning of one (8 or more) or its name. */
  find(reference: string): AdminAnswer<Candidate> {
    const none = `No server ${reference} is known here. Pair with it first, and list the servers.`;
    return findServer(this.all(), reference, none);
  }
}
