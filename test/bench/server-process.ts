import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { adminAddress } from '../../src-main/admin/admin-address.ts';
import { AdminClient } from '../../src-main/admin/admin-client.ts';
import { parseLicenseSpec } from '../../src-main/node/licensing/license-spec.ts';
import { signLicenses } from '../../src-main/node/licensing/sign-licenses.ts';
import { createVendorKey, parseVendorKey } from '../../src-main/node/licensing/vendor-key.ts';

export const benchFeature = 'bench';

const serveFile = fileURLToPath(new URL('../../dist/main/serve.js', import.meta.url));

/** A real `serve` process on a data directory of its own. */
export class ServerProcess {
  readonly pid: number;
  readonly port: number;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, pid: number, port: number) {
    this.#child = child;
    this.pid = pid;
    this.port = port;
  }

  /** Resolves when clients can connect. */
  static async start(dataDirectory: string): Promise<ServerProcess> {
    const serve = [serveFile, '--data-dir', dataDirectory, '--listen', '127.0.0.1:0'];
    const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', ...serve], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    for await (const line of createInterface({ input: child.stdout })) {
      if (!line.startsWith('ready ') || child.pid === undefined) continue;
      const { port } = JSON.parse(line.slice('ready '.length)) as { port: number };
      return new ServerProcess(child, child.pid, port);
    }
    throw new Error('The server ended before it was ready');
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null) return;
    const exited = once(this.#child, 'exit');
    this.#child.kill('SIGTERM');
    await exited;
  }
}

/** Gives `use` a new data directory and removes it afterwards. */
export async function withDataDirectory<T>(use: (path: string) => Promise<T>): Promise<T> {
  const path = mkdtempSync(join(tmpdir(), 'us-bench-'));
  try {
    return await use(path);
  } finally {
    rmSync(path, { recursive: true, force: true });
  }
}

/** A server that has a licence for `benchFeature` and limits no client, for the time of `use`. */
export function withServer<T>(
  use: (server: ServerProcess, dataDirectory: string) => Promise<T>,
): Promise<T> {
  return withDataDirectory(async (dataDirectory) => {
    const server = await ServerProcess.start(dataDirectory);
    try {
      await prepare(dataDirectory);
      return await use(server, dataDirectory);
    } finally {
      await server.stop();
    }
  });
}

async function prepare(dataDirectory: string): Promise<void> {
  const admin = new AdminClient({ address: adminAddress(dataDirectory) });
  const vendor = 'Benchmark';
  const { privateFile, publicFile } = await createVendorKey(vendor);
  const spec = { product: 'bench', feature: benchFeature, units: 1_000_000, ttlSeconds: 86_400 };
  const parsed = parseLicenseSpec(JSON.stringify(spec), vendor);
  const key = await parseVendorKey(privateFile);
  if (!parsed.ok || !key.ok) throw new Error('The licence of the benchmark cannot be made');
  const content = await signLicenses(parsed.grants, key.key);
  for (const answer of [
    await admin.call('vendor.trust', { content: publicFile }),
    await admin.call('license.import', { content, fileName: 'bench.json' }),
    await admin.call('settings.set', { requestsPerSecondMax: 1_000_000 }),
  ]) {
    if (!answer.ok) throw new Error(answer.message);
  }
}
