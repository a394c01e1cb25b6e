import { basename } from 'node:path';
import { NodeStartFailure } from '../base/start-failure.ts';
import { type DataLoss, forgetLoss, keepLoss } from './data-loss.ts';
import type { LoadedStore, Store } from './store.ts';
import { setLedgerAside } from './set-aside.ts';
import { openStore, type StoreOptions } from './open-store.ts';

export interface OpenedLedger {
  store: Store;
  loaded: LoadedStore;
  /** Name of the file that holds the damaged ledger, when one was put aside. */
  setAside: string | null;
  /** What this server has lost and neither got back nor given up yet. */
  dataLoss: DataLoss | null;
}

export interface LedgerStoreOptions extends StoreOptions {
  serverId: string;
  /** Where it is kept what is missing, until that is settled. */
  dataLossFile: string;
  /** Whom this server was before; nobody by default. */
  formerIds?: readonly string[];
}

/**
 * Opens the ledger. With `startAnew` a damaged one is put aside and an empty one begun; a sound one
 * stays in use, so that the option can do no harm when it is left in a start script.
 *
 * @throws {NodeStartFailure} STORE_DAMAGED, STORE_NEWER, DATA_DIRECTORY_UNUSABLE
 */
export async function openLedgerStore(
  options: LedgerStoreOptions,
  startAnew: boolean,
  nowMs: number,
): Promise<OpenedLedger> {
  try {
    return await openWhole(options, nowMs, null);
  } catch (error) {
    const damaged = error instanceof NodeStartFailure && error.code === 'STORE_DAMAGED';
    if (!damaged || !startAnew) throw error;
    const setAside = basename(setLedgerAside(options.file, nowMs));
    await forgetLoss(options.dataLossFile);
    return openWhole(options, nowMs, setAside);
  }
}

/** What is missing is written down before the mark that proves it is replaced. */
async function openWhole(
  options: LedgerStoreOptions,
  nowMs: number,
  setAside: string | null,
): Promise<OpenedLedger> {
  const { store, loaded } = await open(options);
  try {
    const loss = await store.loss();
    const cause = loss && `${basename(options.file)} ${loss}`;
    const dataLoss = await keepLoss(options.dataLossFile, cause, nowMs);
    await store.beginMark();
    return { store, loaded, setAside, dataLoss };
  } catch (error) {
    await store.close();
    throw error;
  }
}

async function open({
  serverId,
  dataLossFile: _,
  formerIds,
  ...options
}: LedgerStoreOptions): Promise<{ store: Store; loaded: LoadedStore }> {
  const store = openStore(options);
  try {
    return { store, loaded: await store.load(serverId, formerIds) };
  } catch (error) {
    await store.close();
    throw error;
  }
}
