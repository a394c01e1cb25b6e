import { join } from 'node:path';
import electronLog from 'electron-log/node';

export type DesktopLog = (level: 'info' | 'warn' | 'error', message: string) => void;

const fileBytesMax = 2 * 1024 * 1024;
const lineLengthMax = 4_000;

/** The log file of the shell, beside the node's. A fault of the shell ends up there, and not the shell. */
export function openDesktopLog(folder: string): DesktopLog {
  const log = electronLog.create({ logId: 'desktop' });
  log.transports.console.level = false;
  log.transports.file.resolvePathFn = () => join(folder, 'desktop.log');
  log.transports.file.maxSize = fileBytesMax;
  log.transports.file.format = '{iso} {level} {text}';
  process.on('uncaughtException', (error) => log.error('Uncaught exception', error));
  process.on('unhandledRejection', (reason) => log.error('Unhandled rejection', reason));
  return (level, message) => log[level](message.slice(0, lineLengthMax));
}
