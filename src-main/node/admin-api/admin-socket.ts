import type { Server } from 'node:http';
import { rmSync } from 'node:fs';
import { connect } from 'node:net';
import { socketPathBytesMax } from '../../admin/admin-address.ts';
import { NodeStartFailure } from '../base/start-failure.ts';

/** How long a connect to a socket of an earlier run may take. */
const connectTimeoutMs = 2_000;

/**
 * Listens on the admin socket. Only the account that runs the server can connect: the socket is
 * made with mode 0600, or, with `admitGroup`, those of the process's group as well: 0660. A socket that
 * a crash left behind is removed when nobody answers on it.
 *
 * @throws {NodeStartFailure} DATA_DIRECTORY_UNUSABLE, DATA_DIRECTORY_BUSY
 */
export async function listenOnAdminSocket(
  server: Server,
  address: string,
  admitGroup: boolean,
): Promise<void> {
  try {
    if (process.platform === 'win32') {
      await listen(server, address);
      return;
    }
    await prepareSocketFile(address);
    // The socket is bound within the call, so the mask holds for it and for nothing else.
    const mask = process.umask(admitGroup ? 0o117 : 0o177);
    const listening = listen(server, address);
    process.umask(mask);
    await listening;
  } catch (error) {
    throw error instanceof NodeStartFailure ? error : describeFailure(error, address);
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
  if (await isRefused(path)) rmSync(path);
}

/** False: no socket is there. Whatever answers otherwise than by a refusal is in use, and stays. */
function isRefused(path: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const socket = connect({ path, timeout: connectTimeoutMs });
    const answered = () => {
      socket.destroy();
      reject(busy(path));
    };
    socket.once('connect', answered);
    socket.once('timeout', answered);
    socket.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') resolve(false);
      else if (error.code === 'ECONNREFUSED') resolve(true);
      else reject(error);
    });
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
