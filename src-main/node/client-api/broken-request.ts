import type { Duplex } from 'node:stream';
import { describeProblem } from '../../../src-shared/contract/problem.ts';
import { connectionTimeouts, headerBytesMax } from './limits.ts';

const phrases: Record<number, string> = {
  400: 'Bad Request',
  408: 'Request Timeout',
  431: 'Request Header Fields Too Large',
};

/**
 * Answers what cannot be read as HTTP, and closes. Logs nothing: whoever can reach the port could
 * fill the log.
 */
export function answerBrokenRequest(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const { status, detail } = describeBrokenRequest(error.code);
  const body = JSON.stringify({ ...describeProblem('LS_BAD_REQUEST', detail), status });
  socket.end(
    `HTTP/1.1 ${status} ${phrases[status] ?? 'Bad Request'}\r\n` +
      'Content-Type: application/problem+json\r\n' +
      `Content-Length: ${Buffer.byteLength(body)}\r\n` +
      `Connection: close\r\n\r\n${body}`,
    () => socket.destroy(),
  );
}

function describeBrokenRequest(code: string | undefined): { status: number; detail: string } {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return {
        status: 431,
        detail: `Request line and headers are longer than ${headerBytesMax} bytes. Send fewer or shorter headers.`,
      };
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return {
        status: 408,
        detail:
          `The request did not arrive in time. Send the headers within ` +
          `${connectionTimeouts.headersMs / 1_000} s and the whole request within ${connectionTimeouts.requestMs / 1_000} s.`,
      };
    default:
      return {
        status: 400,
        detail: 'This is not an HTTP/1.1 request. Send one as described in /openapi.json.',
      };
  }
}
