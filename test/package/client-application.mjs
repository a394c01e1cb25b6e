// A small application as a vendor writes it: Node or the main process of Electron. It holds a seat until
// standard input ends.
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  clientConfigSchema,
  openLicenseClient,
  vendorPublicKeySchema,
} from '@understudy-licensing/client';

const folder = dirname(fileURLToPath(import.meta.url));
const { servers, vendor } = JSON.parse(readFileSync(join(folder, 'seat.json'), 'utf8'));

const { client, close } = openLicenseClient({
  config: clientConfigSchema.parse({ primary: servers, graceSeconds: 60 }),
  request: {
    product: 'Acme CAD',
    feature: 'drafting',
    client: { instance: randomBytes(16).toString('hex'), user: 'ada', host: 'ws-1' },
  },
  vendor: { keys: [vendorPublicKeySchema.parse(vendor)] },
  knownServersFile: join(folder, 'known-servers', `${process.pid}.json`),
});

client.onState((state) => {
  const { server } = state.seat ?? {};
  console.log(JSON.stringify({ state: state.state, server, code: state.refusal?.code }));
});

async function end(status) {
  await client.return();
  close();
  if (process.versions.electron && !process.env.ELECTRON_RUN_AS_NODE) {
    const { app } = await import('electron');
    app.exit(status);
  } else {
    process.exit(status);
  }
}

const outcome = await client.checkout({ waitMs: 10_000 });
if (!outcome.ok) await end(1);
process.stdin.resume().once('end', () => void end(0));
