import { NodeStartFailure } from '../../src-main/node/base/start-failure.ts';
import { loadStore } from '../../src-main/node/store/load-store.ts';
import type { LoadedStore } from '../../src-main/node/store/store.ts';
import { type Handle, openConnection } from '../../src-main/node/store/worker-connection.ts';
import type { WorkerLink } from '../../src-main/node/store/worker-link.ts';
import { WorkerFailure, type WorkerRequest } from '../../src-main/node/store/worker-message.ts';
import { serverId } from './records.ts';
import { signingKeyPem } from './store.ts';

/**
 * What a start loads of a ledger file; `damaged` or `newer`: it is refused as that. In this thread, since a
 * worker for each of many files would take most of the time.
 */
export async function loadInThread(file: string): Promise<LoadedStore | 'damaged' | 'newer'> {
  let handle: Handle | undefined;
  const ask = async (request: WorkerRequest) => {
    const role = { role: 'writer', file, signingKeyPem: String(signingKeyPem) } as const;
    handle ??= await openConnection(role, request);
    return handle(request);
  };
  const link = { ask, close: async () => undefined } as unknown as WorkerLink;
  try {
    return await loadStore(link, file, serverId, []);
  } catch (error) {
    const refused = refusalOf(error);
    if (refused === undefined) throw error;
    return refused;
  } finally {
    handle?.({ type: 'close' });
  }
}

function refusalOf(error: unknown): 'damaged' | 'newer' | undefined {
  if (error instanceof NodeStartFailure && error.code === 'STORE_DAMAGED') return 'damaged';
  if (!(error instanceof WorkerFailure)) return undefined;
  return error.kind === 'damaged' || error.kind === 'newer' ? error.kind : undefined;
}
