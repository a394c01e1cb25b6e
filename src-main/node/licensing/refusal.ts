import type { AdminErrorCode } from '../../../src-shared/contract/admin.ts';

/** Why a file was not taken: the code for programs, sentences for the admin or the vendor. */
export interface Refusal {
  ok: false;
  code: AdminErrorCode;
  message: string;
}

export function refuse(code: AdminErrorCode, message: string): Refusal {
  return { ok: false, code, message };
}
