import { crc32 } from 'node:zlib';
import { z } from 'zod';
import {
  bootSchema,
  epochMsSchema,
  hostPortSchema,
  serverIdSchema,
  textSchema,
  serverNameLengthMax,
} from '../../../../src-shared/model/scalars.ts';
import { readKept } from '../../base/kept-file.ts';
import { NodeStartFailure } from '../../base/start-failure.ts';
import { consentSchema } from '../../../../src-shared/model/consent.ts';
import {
  ledgerRelationshipSchema,
  membershipSchema,
} from '../../../../src-shared/model/ledger-config.ts';
import { writeWholeFile } from '../../../files/whole-file.ts';
import { pairedServersMax } from '../link/peer-limits.ts';
import { ownAddressesMax } from '../link/link-message.ts';

const consentAskedSchema = z.strictObject({
  /** Names it to admins. */
  id: textSchema(16),
  /** Since 1970. */
  atMs: epochMsSchema,
  /** As the ledger that it is about is to have them. */
  relationship: ledgerRelationshipSchema,
  membership: membershipSchema,
  /** This server's own ledger gets the relationship as soon as an admin accepts. */
  protects: z.boolean(),
  /** An admin has refused it; it is kept so that the same is not asked again. */
  refused: z.boolean(),
});
export type ConsentAsked = z.infer<typeof consentAskedSchema>;

const pairedServerSchema = z.strictObject({
  /** Fingerprint of its key: the one key that is accepted from it. */
  id: serverIdSchema,
  name: textSchema(serverNameLengthMax),
  /** Where it was reached or said it is, the best first. */
  addresses: z.array(hostPortSchema).max(ownAddressesMax),
  /** Where it says that clients reach it, the best first. */
  clientAddresses: z.array(hostPortSchema).max(ownAddressesMax).optional(),
  /** Since 1970. */
  pairedAtMs: z.int().min(0).max(8_640_000_000_000_000),
  /**
   * The server's key, SubjectPublicKeyInfo in DER, as base64. A version that stored none with the pairing
   * left it out; then it is known from the first link on.
   */
  publicKey: z.base64().max(512).optional(),
  /** The start that it named last. */
  boot: bootSchema.optional(),
  /** When its directory was last found to have been put back. */
  putBackAtMs: epochMsSchema.optional(),
  /** The key that it has announced to use next; accepted beside the present one. */
  successor: z.strictObject({ id: serverIdSchema, publicKey: z.base64().max(512) }).optional(),
  /** What an admin here lets it have of this server; a version that knew no consent stored none. */
  consent: consentSchema.optional(),
  /** What it has asked for last and does not have. */
  asked: consentAskedSchema.optional(),
  /**
   * The other server has ended the pairing; the entry is kept to show that, and for nothing else.
   */
  endedByOther: z.boolean(),
  /** With `endedByOther`: it did not say that its admin ended the pairing, but that it knows of none. */
  unknownThere: z.literal(true).optional(),
});
export type PairedServer = z.infer<typeof pairedServerSchema>;

/** Servers that were forgotten and are remembered as such. */
const forgottenMax = 128;

const fileSchema = z.strictObject({
  format: z.literal('understudy-paired-servers/1'),
  servers: z.array(pairedServerSchema).max(pairedServersMax),
  /** Servers whose pairing an admin ended here, the newest last: what they are told rests on it, and no more. */
  forgotten: z.array(serverIdSchema).max(forgottenMax).optional(),
  /** Of the servers (`sumOf`); a file without it was not written by a server. */
  sum: z.int().optional(),
});

/** The servers that an admin has paired this one with, in a file of the data directory. */
export class PairedServers {
  readonly #file: string;
  #servers: ReadonlyMap<string, PairedServer>;
  #forgotten: readonly string[];
  /** Pairings that were made or confirmed since this start, of each server. */
  readonly #pairings = new Map<string, number>();
  #turn: Promise<unknown> = Promise.resolve();

  constructor(file: string, servers: readonly PairedServer[], forgotten: readonly string[] = []) {
    this.#file = file;
    this.#forgotten = forgotten;
    this.#servers = new Map(servers.map((server) => [server.id, server]));
  }

  all(): PairedServer[] {
    return [...this.#servers.values()];
  }

  get(id: string): PairedServer | undefined {
    return this.#servers.get(id);
  }

  /** Whether this key is accepted. */
  isPaired(id: string | null): boolean {
    const server = id === null ? undefined : this.#servers.get(id);
    return server !== undefined && !server.endedByOther;
  }

  /** Whether an admin here ended the pairing with it, as far as that is remembered. */
  wasForgotten(id: string): boolean {
    return this.#forgotten.includes(id);
  }

  /**
   * Which of the pairings with a server, one after the other, is the present one; a number of this process.
   * What the other server said about a former one does not count for it.
   */
  pairingOf(id: string): number {
    return this.#pairings.get(id) ?? 0;
  }

  /** The paired server that has announced this key as its next one. */
  successorOf(nextId: string): PairedServer | undefined {
    return this.all().find((server) => isAlive(server) && server.successor?.id === nextId);
  }

  /** Whether one more can be stored. Pairings that the other side ended make room. */
  hasRoomFor(id: string): boolean {
    return this.#servers.has(id) || this.all().filter(isAlive).length < pairedServersMax;
  }

  /** Durable when it resolves; rejects, with nothing changed, when it cannot be written. */
  async put(server: PairedServer): Promise<void> {
    await this.#change((servers) => {
      // A server that was paired anew may have come with the key that it had announced.
      const former = [...servers.values()].find(({ successor }) => successor?.id === server.id);
      if (former) servers.delete(former.id);
      servers.set(server.id, server);
      const ended = [...servers.values()].filter((other) => !isAlive(other));
      while (servers.size > pairedServersMax) servers.delete(ended.shift()?.id ?? server.id);
    });
    this.#count(server.id);
  }

  /** The other server has stored the pairing too, with these addresses: what it said before counts no longer. */
  async confirm(id: string, addresses: string[]): Promise<void> {
    await this.update(id, { addresses });
    this.#count(id);
  }

  update(id: string, change: Partial<Omit<PairedServer, 'id'>>): Promise<void> {
    return this.#change((servers) => {
      const server = servers.get(id);
      if (server) servers.set(id, { ...server, ...change });
    });
  }

  /** By the order of an admin, which is remembered. */
  remove(id: string): Promise<void> {
    const known = () => [...this.#forgotten.filter((one) => one !== id), id];
    return this.#change((servers) => servers.delete(id), known);
  }

  /**
   * The pairing of the server that has announced this key is with this key from now on, and with
   * the one before no longer. Returns what the pairing was; undefined: nobody has announced it.
   */
  async moveToSuccessor(nextId: string): Promise<PairedServer | undefined> {
    let former: PairedServer | undefined;
    await this.#change((servers) => {
      former = this.successorOf(nextId);
      if (!former?.successor) return;
      const { successor, ...kept } = former;
      // In its place in the order of pairing.
      const all = [...servers.values()].map((server) =>
        server.id === kept.id ? { ...kept, ...successor } : server,
      );
      servers.clear();
      for (const server of all) servers.set(server.id, server);
    });
    return former;
  }

  /** Resolves when everything that was changed so far is written, or could not be. */
  async settled(): Promise<void> {
    await this.#turn;
  }

  #count(id: string): void {
    this.#pairings.set(id, this.pairingOf(id) + 1);
  }

  /** `known`: those whose pairing an admin ended, before the list is looked at. */
  #change(
    edit: (servers: Map<string, PairedServer>) => void,
    known = () => this.#forgotten,
  ): Promise<void> {
    const turn = this.#turn.then(async () => {
      const servers = new Map(this.#servers);
      edit(servers);
      const all = [...servers.values()];
      const forgotten = known()
        .filter((id) => !servers.has(id))
        .slice(-forgottenMax);
      const content = {
        format: 'understudy-paired-servers/1',
        servers: all,
        ...(forgotten.length > 0 && { forgotten }),
        sum: sumOf(all),
      } satisfies z.infer<typeof fileSchema>;
      await writeWholeFile(this.#file, `${JSON.stringify(content, null, 2)}\n`);
      this.#servers = servers;
      this.#forgotten = forgotten;
    });
    this.#turn = turn.catch(() => undefined);
    return turn;
  }
}

/**
 * Reads the file; none is a server that is paired with nobody. A damaged file is left as it is.
 *
 * @throws {NodeStartFailure} PAIRING_DAMAGED, DATA_DIRECTORY_UNUSABLE
 */
export async function loadPairedServers(file: string): Promise<PairedServers> {
  const kept = await readKept(fileSchema, file, {
    what: 'The list of paired servers',
    damaged: (cause) => damaged(file, cause),
  });
  const { servers = [], forgotten, sum } = kept ?? {};
  if (sum !== undefined && sum !== sumOf(servers)) {
    throw damaged(file, 'it is not as it was written. If you changed it, take its line "sum" out');
  }
  return new PairedServers(file, servers, forgotten);
}

/** A checksum of the list: another digit in it would be another key, and look as good. */
function sumOf(servers: readonly PairedServer[]): number {
  // Parsed, its fields are in the order of the schema.
  return crc32(JSON.stringify(fileSchema.shape.servers.parse(servers)));
}

function isAlive(server: PairedServer): boolean {
  return !server.endedByOther;
}

function damaged(file: string, cause: string): NodeStartFailure {
  return new NodeStartFailure(
    'PAIRING_DAMAGED',
    `The list of paired servers ${file} is damaged (${cause}). Put a backup in its place; or move it ` +
      'away and pair the servers again. Licences and leases are not in it. Nothing was changed.',
  );
}
