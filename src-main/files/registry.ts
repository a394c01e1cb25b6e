import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * The values of a key of the registry of Windows: texts, and whole numbers of 32 bits. Capital and small
 * letters are the same there, so that their names are in small ones here.
 */
export type RegistryValues = ReadonlyMap<string, string | number>;

/**
 * The values of a key, without those of the keys below it; null: there is no such key, or this account may
 * not read it. Node knows nothing of the registry; `reg.exe` is in every Windows. It exports to a
 * file, which is in UTF-16: on a pipe, letters of other alphabets would be lost.
 */
export function readRegistryKey(
  key: string,
  env: Readonly<Record<string, string | undefined>>,
): RegistryValues | null {
  const folder = mkdtempSync(join(tmpdir(), 'understudy-'));
  try {
    const file = join(folder, 'key.reg');
    const reg = join(env['SystemRoot'] ?? 'C:\\Windows', 'System32', 'reg.exe');
    spawnSync(reg, ['export', key, file, '/y'], { stdio: 'ignore', windowsHide: true });
    return parseRegistryText(readFileSync(file, 'utf16le'));
  } catch {
    return null;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The values of the first key of a registry file. */
export function parseRegistryText(text: string): RegistryValues {
  const [, first = ''] = text.split(/^\[[^\r\n]*\]\r?$/m);
  const values = new Map<string, string | number>();
  for (const [, name = '', content, number] of first.matchAll(
    /^"((?:[^"\\]|\\.)*)"=(?:"((?:[^"\\]|\\.)*)"|dword:([0-9a-f]{8}))\r?$/gm,
  )) {
    values.set(
      unescape(name).toLowerCase(),
      number === undefined ? unescape(content ?? '') : Number.parseInt(number, 16),
    );
  }
  return values;
}

const unescape = (text: string): string => text.replaceAll(/\\(.)/g, '$1');
