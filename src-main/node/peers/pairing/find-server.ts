import { type AdminAnswer, refuse } from '../../../../src-shared/contract/admin-error.ts';

/** Shortest beginning of an id that stands for the whole. */
const idStartLengthMin = 8;

/** Whether a reference of an admin is the beginning of this id, and long enough to stand for it. */
export function isStartOfId(reference: string, id: string): boolean {
  return reference.length >= idStartLengthMin && id.startsWith(reference);
}

/**
 * A server by its id, the beginning of one (8 or more) or its name; NO_SUCH_SERVER when there is none,
 * with the sentence `none`, or when several are meant.
 */
export function findServer<S extends { id: string; name: string }>(
  servers: readonly S[],
  reference: string,
  none: string,
): AdminAnswer<S> {
  const exact = servers.filter(({ id, name }) => id === reference || name === reference);
  const found = exact.length > 0 ? exact : servers.filter(({ id }) => isStartOfId(reference, id));
  const [server] = found;
  if (!server) return refuse('NO_SUCH_SERVER', none);
  if (found.length > 1) {
    const message = `${reference} means several servers. Name the one by its whole id.`;
    return refuse('NO_SUCH_SERVER', message);
  }
  return { ok: true, value: server };
}
