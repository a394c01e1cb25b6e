import { onTestFinished } from 'vitest';
import { createNode, type LicenseNode, type NodeOptions } from '../../src-main/node/index.ts';
import { makeLicenseFile, makeVendor, type TestVendor } from './licenses.ts';
import { ServeProcess, type ServeOptions } from './serve-process.ts';
import { makeTemporaryDirectory } from './temporary-directory.ts';

export interface TestNode {
  node: LicenseNode;
  dataDirectory: string;
  port: number;
}

/** A whole node in this process, on a free port of 127.0.0.1, stopped when the test is over. */
export async function startTestNode(options: Partial<NodeOptions> = {}): Promise<TestNode> {
  const dataDirectory = options.dataDirectory ?? makeTemporaryDirectory();
  const node = await createNode(
    {
      listen: { host: '127.0.0.1', port: 0 },
      version: '0.0.0-test',
      packaged: false,
      mdns: false,
      ...options,
      dataDirectory,
    },
    {
      onFatal: (error) => {
        throw error;
      },
      onStopAsked: () => undefined,
    },
  );
  onTestFinished(() => node.stop());
  const { port } = await node.listening();
  return { node, dataDirectory, port };
}

/** A real `serve` process, killed when the test is over if it still runs. */
export function startServe(dataDirectory: string, options: ServeOptions = {}): ServeProcess {
  const server = new ServeProcess(dataDirectory, options);
  onTestFinished(async () => {
    await server.kill();
  });
  return server;
}

/** Makes a node trust a new vendor and installs its licences; one for 3 seats of "cad" by default. */
export async function installLicenses(
  node: LicenseNode,
  ...overrides: Parameters<typeof makeLicenseFile>[1][]
): Promise<TestVendor> {
  const vendor = await makeVendor();
  const trusted = await node.admin.call('vendor.trust', { content: vendor.publicFile });
  if (!trusted.ok) throw new Error(trusted.message);
  const content = await makeLicenseFile(vendor, ...overrides);
  const imported = await node.admin.call('license.import', { content, fileName: 'test.lic' });
  if (!imported.ok) throw new Error(imported.message);
  return vendor;
}
