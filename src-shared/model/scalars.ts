import { z } from 'zod';
import { escapeHidden, hasHidden } from './hidden-characters.ts';
import { readServerAddress } from './host-port.ts';

/** Text that a person or a program gave, trimmed of nothing, without control characters. */
export function textSchema(lengthMax: number) {
  return (
    z
      .string()
      .min(1)
      .max(lengthMax)
      // eslint-disable-next-line no-control-regex -- control characters are what this refuses
      .regex(/^[^\u0000-\u001f\u007f]*$/, 'must not contain control characters')
  );
}

/** A name that is given now: besides, without characters that are not seen (`hasHidden`). */
export function nameSchema(lengthMax: number) {
  return textSchema(lengthMax).refine(
    (text) => !hasHidden(text),
    'must not contain control characters, or others that are not seen',
  );
}

export const serverNameLengthMax = 63;

/** The name that another server gives itself: what is hidden in it is to be seen. */
export const serverNameSchema = textSchema(serverNameLengthMax).transform((name) =>
  escapeHidden(name).slice(0, serverNameLengthMax),
);

/** Identifier of a licence, chosen by its vendor: letters, digits and `. _ : -`, 1 to 128 long. */
export const licenseIdSchema = z
  .string()
  .max(128)
  .regex(/^[A-Za-z0-9][A-Za-z0-9._:-]*$/, 'must be letters, digits and . _ : -');

/**
 * Identifier of a server: SHA-256 of its public key (SubjectPublicKeyInfo, DER), 64 lower-case hex
 * digits, so that `openssl` prints the same one.
 */
export const serverIdSchema = z
  .string()
  .regex(/^[0-9a-f]{64}$/, 'must be the 64 hex digits of a server fingerprint');

/** A server as an admin is told of it. */
export const namedServerSchema = z.object({ id: serverIdSchema, name: z.string() });

export const ledgerIdSchema = z.string().min(1).max(64);

/** Identifier of a lease: a UUID made by the granting server, never used again. */
export const leaseIdSchema = z.uuid();

/**
 * Spell of leadership under `continuity`, as `number.boot`: the number of its term, and the start of the
 * server that led. `0.` is the time in which a ledger was kept as a log.
 */
export const spellIdSchema = z
  .string()
  .max(96)
  .regex(/^\d{1,15}\.[A-Za-z0-9-]*$/, 'must be NUMBER.BOOT');

/** The least and the greatest number that a schema with both bounds takes. */
export function rangeOf({ minValue, maxValue }: z.ZodNumber): { least: number; most: number } {
  if (minValue === null || maxValue === null) throw new Error('the schema has no range');
  return { least: minValue, most: maxValue };
}

/** Instant as RFC 3339 text, for example `2026-03-01T00:00:00Z`. */
export const instantSchema = z.iso.datetime({ offset: true });

/** Milliseconds since 1970, within what a date can have. */
export const epochMsSchema = z.int().min(-8.64e15).max(8.64e15);

/** Name of one start of a server, made at random: 16 hex digits (protocol section 3b). */
export const bootSchema = z
  .string()
  .regex(/^[0-9a-f]{16}$/, 'must be the 16 hex digits of a start');

/** `host:port`; IPv6 addresses in brackets. Port 1 to 65535. */
export const hostPortSchema = z
  .string()
  .max(262)
  .regex(/^(\[[0-9A-Fa-f:.%]+\]|[^\s:[\]@/]+):\d{1,5}$/, 'must be HOST:PORT')
  .refine((text) => {
    const port = Number(text.slice(text.lastIndexOf(':') + 1));
    return port >= 1 && port <= 65_535;
  }, 'the port must be 1 to 65535');

/** The address of a server as people write it (`readServerAddress`), which becomes `host:port`. */
export const serverAddressSchema = z.string().transform(readServerAddress).pipe(hostPortSchema);

/** Instant in milliseconds as RFC 3339 text in UTC. */
export function formatInstant(instantMs: number): string {
  return new Date(instantMs).toISOString();
}

/** The day of an instant in UTC (`2026-03-01`), as a server names it to all who read its messages. */
export function formatUtcDay(instantMs: number): string {
  return formatInstant(instantMs).slice(0, 10);
}

/** RFC 3339 text as milliseconds since 1970. The text must have passed `instantSchema`. */
export function parseInstant(text: string): number {
  return Date.parse(text);
}
