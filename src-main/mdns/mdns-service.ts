import { isIPv4 } from 'node:net';
import { z } from 'zod';
import { bootSchema, serverIdSchema, serverNameSchema } from '../../src-shared/model/scalars.ts';
import type { Announcement, AnnouncedServer } from './discovery.ts';

/** `_understudy._tcp` (docs/pairing.md, "Finding each other"). */
export const serviceType = 'understudy';

/** A TXT item has 255 bytes at most, `name=` included. */
const nameBytesMax = 250;

const addressesMax = 4;

/** What a browser of the library gives; whatever is in it came from the network. */
const serviceSchema = z.object({
  port: z.int().min(1).max(65_535),
  txt: z.object({ id: serverIdSchema, name: serverNameSchema, boot: bootSchema.optional() }),
  referer: z.object({ address: z.string() }).optional(),
  addresses: z.array(z.unknown()).optional(),
});

/**
 * Instance name of a server: with its id and start, so that no two servers have the same one, not even
 * copies of each other. The library settles no conflict of names.
 */
export function instanceNameOf({ id, boot }: Pick<Announcement, 'id' | 'boot'>): string {
  return `understudy-${id.slice(0, 24)}-${boot}`;
}

export function txtOf({ id, name, version, boot }: Announcement): Record<string, string> {
  return { id, name: cutToBytes(name, nameBytesMax), v: version, boot };
}

/** A server out of what the network said; undefined for anything that is not one of ours. */
export function readService(service: unknown): AnnouncedServer | undefined {
  const parsed = serviceSchema.safeParse(service);
  if (!parsed.success) return undefined;
  const { port, txt, referer, addresses = [] } = parsed.data;
  const hosts = [referer?.address, ...addresses].filter(
    (host): host is string => typeof host === 'string' && isIPv4(host),
  );
  const unique = [...new Set(hosts)].slice(0, addressesMax);
  if (unique.length === 0) return undefined;
  return { ...txt, addresses: unique.map((host) => `${host}:${port}`) };
}

function cutToBytes(text: string, bytesMax: number): string {
  let cut = '';
  for (const letter of text) {
    if (Buffer.byteLength(cut) + Buffer.byteLength(letter) > bytesMax) break;
    cut += letter;
  }
  return cut;
}
