/** Started with the system: the tray only. */
export const hiddenSwitch = '--hidden';

const commandSwitches = ['--help', '--version'];

/**
 * What follows the program's name and the switches before it, from the first word on; null when the
 * program was started without one. The packaged program is its own command line, since it cannot run
 * as plain Node (the RunAsNode fuse is off), so such a word may be a command.
 */
export function deriveCommandLine(argv: readonly string[], packaged: boolean): string[] | null {
  const own = argv.slice(1);
  const isSwitch = (argument: string) => argument.startsWith('-');
  // In a checkout the first word is the application's folder: `electron . status`.
  const skipped = packaged ? 0 : own.findIndex((argument) => !isSwitch(argument)) + 1;
  const first = own.findIndex(
    (argument, index) =>
      index >= skipped && (!isSwitch(argument) || commandSwitches.includes(argument)),
  );
  return first === -1 ? null : own.slice(first);
}
