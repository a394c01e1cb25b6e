/** Writes one line, and more for a stack, to where a service manager keeps what a program says. */
export function say(message: string): void {
  process.stderr.write(`understudy: ${message}\n`);
}
