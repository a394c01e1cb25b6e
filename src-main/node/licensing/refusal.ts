import type { AdminErrorCode } from '../../../src-shared/contract/admin.ts';

/** Why a file was not taken: the code for programs, sentences for the admin or the vendor. */
export interface FileRefusal {
  ok: false;
  code: AdminErrorCode;
  message: string;
}

export function refuse(code: AdminErrorCode, message: string): FileRefusal {
  return { ok: false, code, message };
}
