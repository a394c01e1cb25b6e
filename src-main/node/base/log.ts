import electronLog from 'electron-log/node';
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { escapeHiddenInText } from '../../../src-shared/model/hidden-characters.ts';
import type { LogLevel } from '../../../src-shared/model/node-settings.ts';
import { privateFileMode, privateFolderMode } from './own-files.ts';
import { say } from './say.ts';

/** Where a server writes what happens to it. Cheap: lines are written in the background. */
export interface Log {
  error(message: string, ...details: unknown[]): void;
  warn(message: string, ...details: unknown[]): void;
  info(message: string, ...details: unknown[]): void;
  debug(message: string, ...details: unknown[]): void;
  setLevel(level: LogLevel): void;
}

/** Size in bytes at which a new file is begun. */
const fileBytesMax = 5 * 1024 * 1024;

/** Former files that are kept, as `server.1.log` (the newest) and so on. */
const filesKeptMax = 5;

sayTroubles();

/** A log file with rotation; what cannot be written is dropped, which is said once, and never stops the server. */
export function openLog(file: string, level: LogLevel): Log {
  makeFolder(dirname(file));
  const log = electronLog.create({ logId: file });
  log.transports.console.level = false;
  const transport = log.transports.file;
  transport.resolvePathFn = () => file;
  transport.sync = false;
  transport.writeOptions = { encoding: 'utf8', flag: 'a', mode: privateFileMode };
  transport.maxSize = fileBytesMax;
  transport.format = '{iso} {level} {text}';
  transport.transforms = [...transport.transforms, ({ data }) => entryText(String(data))];
  transport.archiveLogFn = () => {
    rotate(file);
  };
  transport.level = level;
  return {
    error: (message, ...details) => log.error(message, ...details),
    warn: (message, ...details) => log.warn(message, ...details),
    info: (message, ...details) => log.info(message, ...details),
    debug: (message, ...details) => log.debug(message, ...details),
    setLevel: (next) => {
      transport.level = next;
    },
  };
}

/** What others have said can stand in an entry: nothing in it is hidden, or passes for another entry. */
function entryText(text: string): string {
  return escapeHiddenInText(text.replaceAll(/\r?\n/g, '\n  '));
}

/** The library says on the console of its default log, whatever the level, why a file cannot be written. */
function sayTroubles(): void {
  const { console } = electronLog.transports;
  const said = new Set<string>();
  console.transforms = [];
  console.writeFn = ({ message: { data } }) => {
    const parts = data.map((part: unknown) =>
      part instanceof Error ? part.message : String(part),
    );
    const trouble = parts.join(': ').replace('electron-log.transports.file: ', '');
    if (said.has(trouble)) return;
    said.add(trouble);
    say(`${trouble}. The server goes on without that log.`);
  };
}

function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true, mode: privateFolderMode });
  } catch {
    // Without a folder nothing is logged, as when the disk is full.
  }
}

function rotate(file: string): void {
  const former = (number: number) => file.replace(/\.log$/, `.${number}.log`);
  const full = `${file}.full`;
  try {
    // The one that may be in use comes first: if it cannot be renamed, the former ones stay as well.
    renameSync(file, full);
    rmSync(former(filesKeptMax), { force: true });
    for (let number = filesKeptMax - 1; number >= 1; number--) {
      if (existsSync(former(number))) renameSync(former(number), former(number + 1));
    }
    renameSync(full, former(1));
  } catch {
    // The file grows on; the next line tries again.
  }
}
