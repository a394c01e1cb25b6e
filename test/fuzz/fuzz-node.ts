import { createNode, type LicenseNode } from '../../src-main/node/index.ts';

/** A whole node on a port of 127.0.0.1, of which a fault is thrown. */
export function createFuzzNode(
  dataDirectory: string,
  onStopAsked: () => void,
): Promise<LicenseNode> {
  return createNode(
    {
      dataDirectory,
      listen: { host: '127.0.0.1', port: 0 },
      mdns: false,
      version: '0.0.0-fuzz',
      packaged: false,
    },
    {
      onFatal: (error) => {
        throw error;
      },
      onStopAsked,
    },
  );
}
