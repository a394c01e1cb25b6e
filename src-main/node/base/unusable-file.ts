import { describeSystemError, systemCodeOf } from '../../files/system-error.ts';
import { NodeStartFailure } from './start-failure.ts';

/**
 * The failure of a file or folder of the data directory that the system does not let this server use.
 * `what` it is, with its path, begins the sentence.
 */
export function unusableFile(what: string, error: unknown): NodeStartFailure {
  const path = error instanceof Error && 'path' in error ? String(error.path) : '';
  const where = path === '' || what.includes(path) ? '' : ` (${path})`;
  return new NodeStartFailure(
    'DATA_DIRECTORY_UNUSABLE',
    `${what} cannot be read or written: ${describeSystemError(error)}${where}. ${remedyOf(error)}`,
  );
}

function remedyOf(error: unknown): string {
  switch (systemCodeOf(error)) {
    case 'EISDIR':
    case 'ENOTDIR':
      return 'A file and a directory were exchanged there: move away what is not as it was.';
    case 'ENOSPC':
      return 'Make room on it.';
    default:
      return 'Give the account that runs Understudy the right to read and write it, and see that the disk is not full.';
  }
}
