import { createReadStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { findInstalledServer, type InstalledServer } from '../../admin/installed-server.ts';
import { type FoundClientPolicy, readClientPolicy } from '../../client-transport/client-policy.ts';
import { joinHost } from './host-pipe.ts';
import { isJournal, journalLine, type LoggedEvent } from './system-log.ts';
import { noteToSystemd } from './systemd-notice.ts';

/** What a command may touch of the process that it runs in. */
export interface Terminal {
  /** Writes to stdout. Quiet when nobody reads it any more. */
  out(text: string): void;
  err(text: string): void;
  stdin: Readable;
  env: Readonly<Record<string, string | undefined>>;
  platform: NodeJS.Platform;
  homeDirectory: string;
  workingDirectory: string;
  /** Called when stdout was closed by its reader, such as `head`. */
  onOutClosed(listener: () => void): void;
  /** Calls back for SIGINT, SIGTERM and SIGHUP instead of ending. Returns what undoes that. */
  onSignal(listener: (signal: NodeJS.Signals) => void): () => void;
  /** The server that is installed on this machine; null when none is. */
  installedServer(): InstalledServer | null;
  /** What this machine says of all its licence clients. */
  clientPolicy(): FoundClientPolicy;
  /** Tells the program that started this one that its server serves, and where it is administered. */
  noteServing(adminAddress: string): void;
  /** Puts an entry of the timeline into the log of the system, where this process is a service. */
  noteEvent(event: LoggedEvent): void;
}

const endingSignals: NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/** Errors of a pipe or terminal that was closed at its other end. */
const readerGone = new Set(['EPIPE', 'EIO', 'ECONNRESET', 'EOF', 'ERR_STREAM_DESTROYED']);

/** Electron has an input for its main process that is at its end from the start, on Windows. */
function openStdin(): Readable {
  const isReplaced = process.platform === 'win32' && process.versions['electron'] !== undefined;
  return isReplaced ? createReadStream('', { fd: 0, autoClose: false }) : process.stdin;
}

/** The terminal of this process. */
export function openTerminal(homeDirectory: string): Terminal {
  const host = joinHost(process.env);
  const inJournal = isJournal(process.env['JOURNAL_STREAM']);
  const closedListeners: (() => void)[] = [];
  let open = true;
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (stream !== process.stdout || !open) return;
      open = false;
      if (!readerGone.has(error.code ?? '')) {
        process.stderr.write(`understudy: The output was cut off: ${error.message}\n`);
        process.exitCode = 1;
      }
      for (const listener of closedListeners) listener();
    });
  }
  return {
    out: (text) => {
      if (open) process.stdout.write(text);
    },
    err: (text) => {
      process.stderr.write(text);
    },
    stdin: openStdin(),
    env: process.env,
    platform: process.platform,
    homeDirectory,
    workingDirectory: process.cwd(),
    onOutClosed: (listener) => closedListeners.push(listener),
    onSignal: (listener) => {
      for (const signal of endingSignals) process.on(signal, listener);
      return () => {
        for (const signal of endingSignals) process.off(signal, listener);
      };
    },
    clientPolicy: () => readClientPolicy({ platform: process.platform, env: process.env }),
    installedServer: () => findInstalledServer({ platform: process.platform, env: process.env }),
    noteServing: (adminAddress) => {
      host.noteServing(adminAddress);
      noteToSystemd(process.env);
    },
    noteEvent: (event) => {
      if (!host.noteEvent(event) && inJournal) process.stderr.write(journalLine(event));
    },
  };
}
