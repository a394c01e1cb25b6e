import type { Reason } from '../../../src-shared/model/reason.ts';

/** Where clients connect, or why they cannot. The port of a closed one is the one wanted. */
export type ListenStatus =
  | { open: true; host: string; port: number }
  | { open: false; host: string; port: number; reason: Reason };
