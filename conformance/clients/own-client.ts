// Understudy's own client as a program of the conformance kit (docs/conformance.md).
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { openLicenseClient } from '../../src-main/client-transport/open-license-client.ts';
import { clientConfigSchema } from '../../src-shared/client/client-config.ts';
import type { ClientState } from '../../src-shared/client/client-state.ts';
import type { CheckoutOrder } from '../kit/client-program.ts';

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();

async function nextOrder(): Promise<unknown> {
  const { done, value } = await lines.next();
  return done ? { do: 'return' } : (JSON.parse(value) as unknown);
}

function tell(state: ClientState): void {
  const line = describe(state);
  if (line) process.stdout.write(`${JSON.stringify(line)}\n`);
}

function describe(state: ClientState): object | null {
  switch (state.state) {
    case 'held':
      return { state: 'held', lease: state.seat.lease.id };
    case 'recovering':
      return { state: 'retrying' };
    case 'retrying':
    case 'grace':
      return { state: state.state };
    case 'refused':
    case 'lost':
      return { state: state.state, reason: state.refusal.message };
    case 'returned':
      return { state: 'returned' };
    case 'idle':
    case 'checkingOut':
    case 'returning':
      return null;
  }
}

const order = (await nextOrder()) as CheckoutOrder;
const { primary, secondary, fingerprints, timeoutMs, graceSeconds, directory } = order;
const { product, feature, version, released, client: holder, borrowUntil } = order;
const borrowedFile = join(directory, 'borrowed.json');

const opened = openLicenseClient({
  config: clientConfigSchema.parse({ primary, secondary, fingerprints, timeoutMs, graceSeconds }),
  request: { product, feature, version, released, client: holder, borrowUntil },
  vendor: { keys: [order.vendorKey] },
  knownServersFile: join(directory, 'known-servers.json'),
  notify: (message) => console.error(message),
});
const { client } = opened;
client.onState(tell);

function readBorrowed(): string | null {
  try {
    return readFileSync(borrowedFile, 'utf8');
  } catch {
    return null;
  }
}

const kept = readBorrowed();
const outcome =
  kept === null ? await client.checkout({ waitMs: order.waitSeconds * 1000 }) : client.resume(kept);
if (outcome.ok && client.borrowed !== null) writeFileSync(borrowedFile, client.borrowed);
const { do: what } = (await nextOrder()) as { do: string };
if (what === 'leave') client.close();
else {
  rmSync(borrowedFile, { force: true });
  await client.return();
}
opened.close();
process.stdin.destroy();
