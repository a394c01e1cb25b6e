import { systemCodeOf } from '../files/system-error.ts';
import type { TransportResult } from '../../src-shared/client/client-ports.ts';

/** The server is not the one that it should be; nothing was sent to it. */
export class Distrusted extends Error {
  override name = 'Distrusted';
}

/** What went wrong with a connection, in words and as one of the reasons. */
export function describeConnectionFailure(error: Error, target: string): TransportResult {
  if (error instanceof Distrusted) return { type: 'distrusted', detail: error.message };
  const code = systemCodeOf(error);
  const unreachable = (
    reason: Extract<TransportResult, { type: 'unreachable' }>['reason'],
    what: string,
  ): TransportResult => ({ type: 'unreachable', reason, detail: `${target} ${what}` });
  switch (code) {
    case 'ECONNREFUSED':
      return unreachable('refused', 'refused the connection: no server runs there.');
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
    case 'EAI_NONAME':
      return unreachable('unknownHost', 'is not a known host name.');
    case 'ETIMEDOUT':
      return unreachable('noConnection', `cannot be reached: ${error.message}.`);
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
    case 'EHOSTDOWN':
    case 'ENETDOWN':
      return unreachable('noConnection', `cannot be reached: no way to that host (${code}).`);
    case 'ECONNRESET':
    case 'EPIPE':
      return unreachable('broken', 'closed the connection.');
    default:
      if (/^(ERR_SSL|ERR_TLS|EPROTO)/.test(code)) {
        return unreachable('tls', `does not speak TLS as a licence server does (${code}).`);
      }
      return unreachable('broken', `failed: ${error.message}.`);
  }
}
