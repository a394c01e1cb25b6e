import {
  type AdminAnswer,
  refuse,
  type Refusal,
} from '../../../src-shared/contract/admin-error.ts';
import type { Actor } from '../../../src-shared/model/actor.ts';
import type { KeyRotation } from '../../../src-shared/model/key-rotation.ts';
import type { ListedServer } from '../peers/server-list.ts';
import { currentGrant } from '../core/ledger/ledger.ts';
import { type IdentityKey, makeIdentityKey } from '../identity/key-file.ts';
import { storeNextKey } from '../identity/next-key.ts';
import type { Identity } from '../identity/identity.ts';
import { othersOf } from '../replicas/membership.ts';
import type { Replicas } from '../replicas/replicas.ts';
import type { PeerCalls, PeerHandlers } from '../peers/peer-calls.ts';
import type { Log } from '../base/log.ts';
import type { TimelineNote } from '../base/timeline-note.ts';
import type { Servers } from '../peers/servers.ts';
import type { Journal } from '../store/journal.ts';

export interface KeyRotatorOptions {
  dataDirectory: string;
  identity: Identity;
  servers: Pick<Servers, 'list' | 'successors'>;
  replicas: Pick<Replicas, 'all'>;
  calls: PeerCalls;
  note: (note: TimelineNote) => void;
  admin: Actor;
  log: Pick<Log, 'warn'>;
}

/**
 * Orders a new key for this server (docs/pairing.md, "Key rotation"). Paired servers are told
 * first; that the key is stored is what puts the rotation into force, and the next start carries it
 * out.
 */
export class KeyRotator {
  readonly #options: KeyRotatorOptions;
  /** The next key, once it is stored: paired servers that connect are told of it. */
  #next: IdentityKey | null;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(options: KeyRotatorOptions) {
    this.#options = options;
    this.#next = options.identity.nextKey;
  }

  handlers(): PeerHandlers<'key.follows'> {
    const { successors } = this.#options.servers;
    return { 'key.follows': (from, offer) => successors.accept(from, offer) };
  }

  /**
   * `force`: also when paired servers cannot be told. A second order is about the same next key.
   */
  rotate(force: boolean): Promise<AdminAnswer<KeyRotation>> {
    const turn = this.#turn.then(() => this.#rotate(force));
    this.#turn = turn.catch(() => undefined);
    return turn;
  }

  /** A paired server was connected: it may not know of the next key yet. */
  async noteConnected(id: string): Promise<void> {
    if (this.#next === null) return;
    const refusal = await this.#tell(id, this.#next);
    if (refusal) this.#options.log.warn(`${id} was not told of the next key: ${refusal.message}`);
  }

  async #rotate(force: boolean): Promise<AdminAnswer<KeyRotation>> {
    if (this.#isInUse()) return refuse('SERVER_IN_USE', inUse);
    const paired = this.#options.servers.list().filter((server) => server.paired);
    const away = paired.filter(({ connected }) => !connected).map(({ name }) => name);
    if (away.length > 0 && !force) {
      const message = `Not connected, and would not know the new key: ${away.join(', ')}. ${wayOut}`;
      return refuse('SERVER_UNREACHABLE', message);
    }
    const next = this.#next ?? (await makeIdentityKey());
    const refusals = await Promise.all(paired.map(({ id }) => this.#tell(id, next)));
    const refusal = refusals.find((one) => one !== undefined);
    if (refusal && !force) return refuse(refusal.code, `${refusal.message} ${wayOut}`);
    if (this.#isInUse()) return refuse('SERVER_IN_USE', inUse);
    const failure = this.#next === null ? await this.#store(next) : null;
    if (failure) return failure;
    return { ok: true, value: this.#describe(next, paired, refusals) };
  }

  /** Other servers take part in a ledger that is kept here, or are about to. */
  #isInUse(): boolean {
    const { identity, replicas } = this.#options;
    return replicas.all().some((replica) => {
      const { config } = replica.view();
      return config.relationship !== null || othersOf(config, identity.id).length > 0;
    });
  }

  async #tell(id: string, next: IdentityKey): Promise<Refusal | undefined> {
    const { servers, calls } = this.#options;
    const offer = servers.successors.offerTo(id, next);
    if (!offer) return calls.refuseUnconnected(id);
    const answer = await calls.call(id, 'key.follows', offer);
    return answer.ok ? undefined : answer;
  }

  /** Null: it is stored, and in force from the next start on. */
  async #store(next: IdentityKey): Promise<Refusal | null> {
    const { dataDirectory, note, admin: actor } = this.#options;
    try {
      await storeNextKey(dataDirectory, next);
    } catch (error) {
      const cause = error instanceof Error ? error.message : String(error);
      const message =
        `The new key cannot be written to ${dataDirectory} (${cause}). Make room on that disk, or ` +
        'make it writable for the account that runs Understudy. The present key stays.';
      return refuse('STORE_UNAVAILABLE', message);
    }
    this.#next = next;
    note({
      kind: 'settingsChanged',
      severity: 'warning',
      actor,
      message: `A new key was ordered. It is taken into use at the next start: the id is ${next.id} then.`,
    });
    return null;
  }

  #describe(
    next: IdentityKey,
    paired: readonly ListedServer[],
    refusals: readonly (Refusal | undefined)[],
  ): KeyRotation {
    const rows = paired.map(({ id, name }, i) => ({ id, name, reason: refusals[i]?.message }));
    return {
      id: this.#options.identity.id,
      nextId: next.id,
      told: rows.flatMap(({ id, name, reason }) => (reason === undefined ? [{ id, name }] : [])),
      notTold: rows.flatMap(({ id, name, reason }) =>
        reason === undefined ? [] : [{ id, name, reason }],
      ),
      warnings: [clientsWarning, ...this.#lockedLicenses(next)],
    };
  }

  #lockedLicenses(next: IdentityKey): string[] {
    const { identity, replicas } = this.#options;
    const licenses = replicas.all().flatMap(({ ledger }) => [...ledger.licenses.values()]);
    return licenses.flatMap((license) => {
      const { servers, vendor } = currentGrant(license);
      if (!servers.includes(identity.id)) return [];
      return [
        `Licence ${license.id} names this server by its present id. Applications that check for that ` +
          `refuse it after the restart, until ${vendor} issues the licence for ${next.id}.`,
      ];
    });
  }
}

/** Says when this server has another key than at its start before, and when it could not get one. */
export function noteKeyOfStart(
  journal: Pick<Journal, 'note' | 'sequence'>,
  { id, formerKeys, nextKey }: Identity,
): void {
  const formerId = [...formerKeys.keys()].at(-1);
  // The journal of a new id begins with the first start that had the new key.
  if (formerId !== undefined && journal.sequence === 0) {
    journal.note({
      kind: 'settingsChanged',
      severity: 'warning',
      message: `This server has a new key: its id is ${id} and was ${formerId}.`,
    });
  }
  if (nextKey === null) return;
  journal.note({
    kind: 'settingsChanged',
    severity: 'warning',
    message: `The new key that was ordered is not in use. ${inUse} Then start this server again.`,
  });
}

const inUse =
  'This server is in a relationship or is a witness, and the others know it by its key. Dissolve that ' +
  'first.';

const wayOut =
  'The present key stays. Try again when that is put right, or use force, and pair the two again ' +
  'after the restart.';

const clientsWarning =
  'Clients that know this server by its present fingerprint refuse it after the restart, until they ' +
  'are given the new one.';
