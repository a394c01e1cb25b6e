import type { Actor } from '../model/actor.ts';

/** Who did it, in a few words; empty: nobody's order, or it is not known. */
export function describeActor(
  actor: Actor | undefined,
  /** Undefined: there is one server, and it is not named. */
  nameOfServer: ((id: string) => string) | undefined,
): string {
  if (!actor || actor.kind === 'system') return '';
  const isPlaced = actor.kind === 'admin' && nameOfServer !== undefined;
  return isPlaced ? `${actor.name} at ${nameOfServer(actor.server)}` : actor.name;
}
