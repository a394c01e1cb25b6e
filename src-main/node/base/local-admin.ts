import { userInfo } from 'node:os';
import type { Actor } from '../../../src-shared/model/actor.ts';
import { readSaid } from '../../../src-shared/model/said-text.ts';

const accountLengthMax = 128;

/**
 * Who orders something over the admin socket. Node gives no credentials of the other end of a socket:
 * this is the account that runs the server, the only one that may open it but for the administrator of
 * the host. It proves that, and not which person sat there.
 */
export function localAdmin(server: string): Actor {
  return { kind: 'admin', name: readSaid(account(), accountLengthMax), server };
}

function account(): string {
  try {
    return userInfo().username;
  } catch {
    // The account has no entry where the system looks for names.
    return `uid ${process.getuid?.() ?? 'unknown'}`;
  }
}
