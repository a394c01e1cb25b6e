/** Progress goes to stderr: stdout belongs to what was asked for. */
export function say(text) {
  process.stderr.write(`${text}\n`);
}

/** A failure that the reader can act on; `runMain` prints it without a stack. */
export class Stop extends Error {}

/** Runs a script's main function and turns its answer, or its failure, into the exit status. */
export function runMain(main) {
  main().then(
    (status) => {
      process.exitCode = status ?? 0;
    },
    (error) => {
      process.stderr.write(`\n${error instanceof Stop ? error.message : error.stack}\n`);
      process.exitCode = 1;
    },
  );
}
