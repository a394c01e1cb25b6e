import type { Server } from 'node:http';
import { rmSync } from 'node:fs';
import { connect } from 'node:net';
import { socketPathBytesMax } from '../../../admin/admin-address.ts';
import { NodeStartFailure } from '../../license-node.ts';

/** How long a connect to a socket of an earlier run may take. */
const connectTimeoutMs = 2_000;

/**
 * Listens on the admin socket. Only the account that runs the server can connect: the socket is
 * made with mode 0600. One that a crash left behind is removed when nobody answers on it.
 *
 * @throws {NodeStartFailure} DATA_DIRECTORY_UNUSABLE, DATA_DIRECTORY_BUSY
 */
export async function listenOnAdminSocket(server: Server, address: string): Promise<void> {
  if (process.platform !== 'win32') await prepareSocketFile(address);
  // The socket is bound within the call, so the mask holds for it and for nothing else.
  const mask = process.platform === 'win32' ? undefined : process.umask(0o177);
  try {
    const listening = listen(server, address);
    if (mask !== undefined) process.umask(mask);
    await listening;
  } catch (error) {
    throw describeFailure(error, address);
  }
}

async function prepareSocketFile(path: string): Promise<void> {
  const length = Buffer.byteLength(path);
  if (length > socketPathBytesMax) {
    throw new NodeStartFailure(
      'DATA_DIRECTORY_UNUSABLE',
      `The path of the data directory is too long: the admin socket ${path} has ${length} bytes, ` +
        `and this operating system allows ${socketPathBytesMax}. Choose a shorter one with ` +
        '--data-dir.',
    );
  }
  if (await isAnswered(path)) throw busy(path);
  rmSync(path, { force: true });
}

function isAnswered(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ path, timeout: connectTimeoutMs });
    const end = (answered: boolean) => {
      socket.destroy();
      resolve(answered);
    };
    socket.once('connect', () => end(true));
    socket.once('timeout', () => end(true));
    socket.once('error', () => end(false));
  });
}

function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ path }, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function describeFailure(error: unknown, address: string): NodeStartFailure {
  const code: unknown = error instanceof Error ? Reflect.get(error, 'code') : undefined;
  if (code === 'EADDRINUSE') return busy(address);
  const cause = error instanceof Error ? error.message : String(error);
  return new NodeStartFailure(
    'DATA_DIRECTORY_UNUSABLE',
    `The admin socket ${address} cannot be opened: ${cause}.`,
  );
}

function busy(address: string): NodeStartFailure {
  return new NodeStartFailure(
    'DATA_DIRECTORY_BUSY',
    `Another server answers on the admin socket ${address}. Stop it first, or give this one a ` +
      'data directory of its own with --data-dir.',
  );
}
