import { connect } from 'node:net';
import { hostLine, type LoggedEvent } from './system-log.ts';

/** The program that started this one, on Windows: the service, or the front of the command line. */
export interface HostPipe {
  /**
   * Tells it that the server serves, and where it is administered: a service counts as started only then.
   */
  noteServing(adminAddress: string): void;
  /** Tells it of an entry of the timeline. False: there is no such program. */
  noteEvent(event: LoggedEvent): boolean;
}

/** What may wait for the other program to read it, in bytes. */
const unreadBytesMax = 64 * 1024;

const variable = 'UNDERSTUDY_HOST_PIPE';

/**
 * Joins the program that named a pipe in UNDERSTUDY_HOST_PIPE (src-main/windows-host). There are no
 * signals between processes on Windows: what it says, and its end, is a SIGTERM to this process, whose
 * handlers are called as anywhere else; without a handler the process ends, with the status that a shell
 * gives to a SIGTERM. Takes the variable out of `env`: the pipe is not for what this process starts.
 */
export function joinHost(env: NodeJS.ProcessEnv): HostPipe {
  const path = env[variable];
  if (!path) return { noteServing: () => undefined, noteEvent: () => false };
  delete env[variable];
  const socket = connect(path);
  let joined = false;
  let told = false;
  const stop = () => {
    if (told) return;
    told = true;
    if (!process.emit('SIGTERM', 'SIGTERM')) process.exit(143);
  };
  socket.once('connect', () => (joined = true));
  socket.on('data', stop);
  socket.on('close', stop);
  socket.on('error', (error) => {
    // Once joined, a connection that breaks is the end of the other program.
    if (!joined)
      process.stderr.write(`understudy: ${path}, which ${variable} names: ${error.message}\n`);
  });
  // Not for its sake does a command go on that is done.
  socket.unref();
  return {
    noteServing: (adminAddress) => void socket.write(`ready ${adminAddress}\n`),
    noteEvent: (event) => {
      // One that does not read must not fill the memory of the server.
      if (socket.writableLength < unreadBytesMax) socket.write(hostLine(event));
      return true;
    },
  };
}
