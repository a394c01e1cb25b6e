import { constants } from 'node:os';

/** Progress goes to stderr: stdout belongs to what was asked for. */
export function say(text) {
  process.stderr.write(`${text}\n`);
}

/** A failure that the reader can act on; `runMain` prints it without a stack. */
export class Stop extends Error {
  constructor(message, { status = 1 } = {}) {
    super(message);
    this.status = status;
  }
}

/** The status of a program that a signal ended, as shells count it. */
export const statusOf = (signal) => 128 + (constants.signals[signal] ?? 0);

/** Why `command` was ended before it was done. */
export function stoppedBy(signal) {
  return new Stop(`Stopped by ${signal}; the same command goes on from here.`, {
    status: statusOf(signal),
  });
}

/** Runs a script's main function and turns its answer, or its failure, into the exit status. */
export function runMain(main) {
  main().then(
    (status) => {
      process.exitCode = status ?? 0;
    },
    (error) => {
      const text = error instanceof Stop ? error.message : describe(error);
      process.stderr.write(`\n${text}\n`);
      process.exitCode = error.status ?? 1;
    },
  );
}

// A file system that refuses is no mistake of a script.
function describe(error) {
  const remedy = remedies[error?.code];
  return remedy === undefined ? (error?.stack ?? String(error)) : `${error.message}\n${remedy}`;
}

const remedies = {
  ENOSPC: 'The disk is full. Make room on it, then run the same command again.',
  EDQUOT: 'The disk quota of this account is used up. Make room, then run the same command again.',
  EACCES:
    'This account may not write there. Run the command as the owner of the checkout, or give ' +
    'the checkout to this account.',
  EROFS: 'The checkout is on a disk that cannot be written to. Copy it to one that can.',
};
