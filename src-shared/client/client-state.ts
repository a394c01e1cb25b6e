import type { LeaseAnswer } from '../contract/client-api.ts';
import type { ServerRefusal, Tier } from './attempt.ts';

/** A seat that this client holds. */
export interface Seat {
  lease: LeaseAnswer['lease'];
  /** Proof of the lease, signed by the serving server. */
  token: string;
  term: number;
  servedBy: LeaseAnswer['servedBy'];
  /** `host:port` of the serving server, and the list that it came from. */
  server: string;
  tier: Tier;
}

/**
 * What an application sees of its seat. It may run in `held`, `retrying`, `recovering` and `grace`;
 * it has no seat in the others.
 */
export type ClientState =
  | { state: 'idle' }
  | { state: 'checkingOut' }
  | { state: 'refused'; refusal: ServerRefusal }
  /** `recovery`: the server no longer knew the former lease and granted one again. */
  | { state: 'held'; seat: Seat; cause: 'checkout' | 'renewal' | 'recovery' }
  /** A renewal failed; the lease still lives and renewing goes on. */
  | { state: 'retrying'; seat: Seat; refusal: ServerRefusal }
  /** The server no longer knows the lease; a new one is asked for. */
  | { state: 'recovering'; seat: Seat; refusal: ServerRefusal }
  /** The time-to-live is over and no server answers: `graceSeconds` from here on. */
  | { state: 'grace'; seat: Seat; refusal: ServerRefusal; graceSeconds: number }
  | { state: 'lost'; seat: Seat; refusal: ServerRefusal }
  | { state: 'returning'; seat: Seat }
  /** `refusal`: no server confirmed it; the seat comes free when the time-to-live is over. */
  | { state: 'returned'; seat: Seat; refusal: ServerRefusal | null };

export type CheckoutOutcome = { ok: true; seat: Seat } | { ok: false; refusal: ServerRefusal };

/** `seat` null: there was nothing to return. */
export type ReturnOutcome =
  { ok: true; seat: Seat | null } | { ok: false; seat: Seat; refusal: ServerRefusal };
