import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LicenseServer } from '../../support/license-server.ts';
import { AppWindow } from '../pages/app-window.ts';
import { findPort, install } from './real-pair.ts';
import { electronBinary, type LaunchOptions, type Understudy } from './understudy.ts';

/** An application with its window, and two servers without one; each is paired with both others. */
interface ThreeServers {
  main: Understudy;
  /** The window of `main`. */
  a: AppWindow;
  b: LicenseServer;
  c: LicenseServer;
}

type License = Parameters<typeof install>[1];

/** SRV-A with these licences, SRV-B and SRV-C, for the time of `use`. */
export async function withThreeServers(
  launch: (options?: LaunchOptions) => Promise<Understudy>,
  licenses: [License, ...License[]],
  use: (servers: ThreeServers) => Promise<void>,
): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'us-three-'));
  const others = ['SRV-B', 'SRV-C'].map((name) => {
    const dataDirectory = join(directory, name);
    return new LicenseServer({ name, dataDirectory, built: true, runtime: electronBinary() });
  });
  const [b, c] = others as [LicenseServer, LicenseServer];
  try {
    await Promise.all(others.map((server) => server.start()));
    const port = await findPort();
    const main = await launch({ nodeSettings: { name: 'SRV-A', listenPort: port, mdns: false } });
    const a = await AppWindow.open(main);
    await install(main, ...licenses);
    const allow = 'relationship';
    for (const server of others) {
      const { code } = await main.admin('servers.invite', { allow });
      await server.call('servers.pair', { address: `127.0.0.1:${port}`, code, allow });
    }
    const { code } = await b.call('servers.invite', { allow });
    await c.call('servers.pair', { address: `127.0.0.1:${b.port}`, code, allow });
    await use({ main, a, b, c });
  } finally {
    await Promise.all(others.map((server) => server.kill()));
    await rm(directory, { recursive: true, force: true });
  }
}
