import type { TokenClaims } from '../../src-shared/contract/client-api.ts';
import { soloConfig } from '../../src-shared/model/ledger-config.ts';
import {
  type LoadedStore,
  type Store,
  type StoreBatch,
  StoreUnavailable,
} from '../../src-main/node/store.ts';
import { serverId } from './core-host.ts';
import { SimulatedTables } from './simulated-store.ts';

interface HeldCommit {
  batch: StoreBatch;
  finish: () => void;
  fail: (error: Error) => void;
}

/** A store in memory whose commits a test holds, finishes and fails. */
export class HeldStore implements Store {
  readonly disk = new SimulatedTables(soloConfig(serverId));
  /** Commits wait for `finishNext` or `failNext`. */
  holding = false;
  /** Every write fails with this sentence. */
  broken: string | undefined;
  readonly batches: StoreBatch[] = [];
  signCount = 0;
  readonly #held: HeldCommit[] = [];

  async load(): Promise<LoadedStore> {
    return { ...this.disk.read(), recentEvents: [] };
  }

  commit(batch: StoreBatch): Promise<{ tokens: string[] }> {
    return new Promise((resolve, reject) => {
      const finish = () => {
        this.batches.push(batch);
        for (const change of batch.changes) this.disk.write(change);
        resolve({ tokens: batch.claims.map(tokenOf) });
      };
      if (this.broken !== undefined) reject(new StoreUnavailable(this.broken));
      else if (this.holding) this.#held.push({ batch, finish, fail: reject });
      else finish();
    });
  }

  get heldCount(): number {
    return this.#held.length;
  }

  finishNext(): void {
    this.#held.shift()?.finish();
  }

  failNext(why: string): void {
    this.broken = why;
    this.#held.shift()?.fail(new StoreUnavailable(why));
  }

  async sign(claims: TokenClaims[]): Promise<string[]> {
    this.signCount++;
    return claims.map(tokenOf);
  }

  async probe(): Promise<void> {
    if (this.broken !== undefined) throw new StoreUnavailable(this.broken);
  }

  usageReport(): never {
    throw new Error('not for this test');
  }

  async usageRecords(): Promise<never[]> {
    return [];
  }

  async denials(): Promise<never[]> {
    return [];
  }

  async events(): Promise<never[]> {
    return [];
  }

  async pruneUsage(): Promise<number> {
    return 0;
  }

  async close(): Promise<void> {
    return;
  }
}

/** What a token of this store looks like. */
export function tokenOf({ lease, exp }: TokenClaims): string {
  return `${lease}@${exp}`;
}
