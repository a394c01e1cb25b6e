/** Started with the system: the tray only. */
export const hiddenSwitch = '--hidden';

const commandSwitches = ['--help', '--version'];

/**
 * What follows the program's name and the switches before it, from the first word on; null when the
 * program was started without one. Options of every command may stand before it. The packaged program is its own command line, since it cannot run
 * as plain Node (the RunAsNode fuse is off), so such a word may be a command.
 */
export function deriveCommandLine(argv: readonly string[], packaged: boolean): string[] | null {
  const own = argv.slice(1);
  const isSwitch = (argument: string) => argument.startsWith('-');
  // In a checkout the first word is the application's folder: `electron . status`.
  const skipped = packaged ? 0 : own.findIndex((argument) => !isSwitch(argument)) + 1;
  const common: string[] = [];
  for (let index = skipped; index < own.length; index++) {
    const argument = own[index] ?? '';
    const value = own[index + 1];
    if (argument === '--data-dir' && value !== undefined) {
      common.push(argument, value);
      index += 1;
    } else if (argument === '--json' || argument.startsWith('--data-dir=')) common.push(argument);
    else if (!isSwitch(argument) || commandSwitches.includes(argument)) {
      return [...common, ...own.slice(index)];
    }
  }
  return null;
}
