import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import { type AdminAnswer, refuse } from '../../../src-shared/contract/admin-error.ts';
import type { Actor } from '../../../src-shared/model/actor.ts';
import type { DataDirectory } from '../base/data-directory.ts';
import { orderRenewal, readRenewedKey, takeRenewedKey } from '../identity/renewed-key.ts';
import type { Journal } from '../store/journal.ts';
import { setLedgerAside } from '../store/set-aside.ts';
import type { Servers } from '../peers/servers.ts';

/** A new identity that was taken into use at this start. */
export interface RenewedIdentity {
  /** Name of the file with the ledger of the server that this one was a copy of; null: there was none. */
  ledger: string | null;
}

/**
 * Takes a new identity into use that was ordered: the ledger, with its licences and seats, is that of the
 * server that this one was a copy of, and is put aside. Null: none was ordered.
 *
 * @throws {NodeStartFailure} IDENTITY_DAMAGED; nothing was changed
 */
export async function takeRenewedIdentity(
  {
    path,
    ledgerFile,
    pairedServersFile,
    bootsFile,
    dataLossFile,
  }: Pick<
    DataDirectory,
    'path' | 'ledgerFile' | 'pairedServersFile' | 'bootsFile' | 'dataLossFile'
  >,
  nowMs: number,
): Promise<RenewedIdentity | null> {
  if ((await readRenewedKey(path)) === null) return null;
  const hadLedger = existsSync(ledgerFile);
  const aside = basename(setLedgerAside(ledgerFile, nowMs));
  const ledger = hadLedger ? aside : null;
  await takeRenewedKey(path, [pairedServersFile, bootsFile, dataLossFile]);
  return { ledger };
}

/** Says on the timeline of the new server what it was. */
export function noteRenewedIdentity(
  journal: Pick<Journal, 'note'>,
  id: string,
  { ledger }: RenewedIdentity,
): void {
  const kept = ledger === null ? '' : ` The ledger of that one is kept as ${ledger}.`;
  journal.note({
    kind: 'settingsChanged',
    severity: 'warning',
    message:
      `This server has a new identity, ${id}: it was a copy of another one, whose licences and pairings ` +
      `are not its own.${kept} Pair it, and import licence files, if it is to serve.`,
  });
}

interface RenewalOptions {
  directory: Pick<DataDirectory, 'path'>;
  serverId: string;
  admin: Actor;
  journal: Pick<Journal, 'note'>;
  servers: Pick<Servers, 'isCopied'>;
}

/** Orders a new identity for this server, which it has from its next start on. */
export async function renewIdentity(
  { directory, serverId, admin, journal, servers }: RenewalOptions,
  force: boolean,
): Promise<AdminAnswer<{ id: string; nextId: string }>> {
  if (!force && !servers.isCopied()) return refuse('BAD_REQUEST', notCopied);
  const nextId = await orderRenewal(directory.path);
  journal.note({
    kind: 'settingsChanged',
    severity: 'warning',
    actor: admin,
    message:
      `A new identity was ordered, since this server is a copy of another one. From its next start on ` +
      `its id is ${nextId}, and it has no licences and no pairings.`,
  });
  return { ok: true, value: { id: serverId, nextId } };
}

const notCopied =
  'No other server with the identity of this one was seen. With a new identity this server loses its ' +
  'licences, seats and pairings; if it is the copy all the same, use --force.';
