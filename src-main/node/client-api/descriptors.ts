import { readFileSync } from 'node:fs';

/** Files and connections that this process may have open at a time; Infinity where that is not said. */
export function descriptorsMax(): number {
  if (process.platform !== 'linux') return Infinity;
  try {
    const limits = readFileSync('/proc/self/limits', 'utf8');
    const soft = /^Max open files\s+(\d+)/m.exec(limits)?.[1];
    return soft === undefined ? Infinity : Number(soft);
  } catch {
    return Infinity;
  }
}
