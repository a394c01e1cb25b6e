import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

// Files have no modes on Windows, but lists of who may what (SDDL, "Security Descriptor String Format"),
// which Node knows nothing of; `icacls` is in every Windows.

/**
 * Accounts that stand for many: everybody, those who are logged on, ordinary users, guests, anonymous
 * ones, all of a domain.
 */
const many = new Set(['WD', 'AU', 'IU', 'NU', 'BU', 'BG', 'AN', 'LG', 'DU', 'DG', 'S-1-1-0']);

/** Which of those accounts an access list, as text, lets in. */
export function wideAccounts(sddl: string): string[] {
  const list = /D:[A-Z]*((?:\([^()]*\))*)/.exec(sddl)?.[1] ?? '';
  return [...list.matchAll(/\(([^()]*)\)/g)].flatMap(([, entry = '']) => {
    const [type = '', flags = '', , , , account = ''] = entry.split(';');
    // One that is only for what is made below says nothing of the file itself.
    return type === 'A' && !flags.includes('IO') && many.has(account) ? [account] : [];
  });
}

/** Whether accounts that stand for many may use a file or folder; null: that cannot be told. */
export function isOpenToMany(path: string): boolean | null {
  const folder = mkdtempSync(join(tmpdir(), 'understudy-'));
  try {
    const saved = join(folder, 'access');
    if (!icacls(path, '/save', saved)) return null;
    return wideAccounts(readFileSync(saved, 'utf16le')).length > 0;
  } catch {
    return null;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * Lets the system, administrators and the owner of what is made in it use a folder, and nobody else. False when
 * it could not be done.
 */
export function closeFolder(path: string): boolean {
  const admitted = ['S-1-5-18', 'S-1-5-32-544', 'S-1-3-4'].map((sid) => `*${sid}:(OI)(CI)F`);
  return icacls(path, '/inheritance:r', '/grant:r', ...admitted);
}

function icacls(...args: string[]): boolean {
  const program = join(process.env['SystemRoot'] ?? 'C:\\Windows', 'System32', 'icacls.exe');
  const { status } = spawnSync(program, args, { stdio: 'ignore', windowsHide: true });
  return status === 0;
}
