import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import type { Change } from '../../src-main/node/core/ledger/change.ts';
import type { LedgerImage, PeerMessage } from '../../src-main/node/core/replica/message.ts';
import type { Write } from '../../src-main/node/core/replica/replica-effect.ts';
import { imageHeadSchema, imageLists } from '../../src-main/node/replicas/peer-payload.ts';
import { parseLinkPayload } from '../../src-main/node/replicas/parse-payload.ts';
import { storedMetaSchema } from '../../src-main/node/store/decode.ts';
import { changeSchema, rowSchema } from '../../src-main/node/store/record-schema.ts';
import { asJson } from './as-json.ts';

/**
 * Why a server would drop what an honest one says, by the shapes that it takes from the link; undefined:
 * it would not. What is dropped is never heard, however often it is said again.
 */
export function whyDropped(message: PeerMessage): string | undefined {
  if (message.type === 'image') return whyImageDropped(message.image);
  const payload = asOnTheLink({ type: 'ledger', ledger: 'ledger-1', message });
  const parsed = parseLinkPayload(payload);
  if (!parsed.ok) return parsed.problem;
  return isDeepStrictEqual(parsed.value, payload)
    ? undefined
    : `more is said than is heard ${firstDifference(parsed.value, payload)}`;
}

function whyImageDropped(image: LedgerImage): string | undefined {
  const { licenses, vendors, ended, leases, ...ledger } = image.ledger;
  const lists = { licenses, vendors, ended, leases };
  const { error } = wholeImageSchema.safeParse(asOnTheLink({ head: { ...image, ledger }, lists }));
  return error && `${error.issues[0]?.path.join('.')}: ${error.issues[0]?.message}`;
}

const wholeImageSchema = z.object({
  head: imageHeadSchema,
  lists: z.object({
    licenses: z.array(imageLists.licenses.schema),
    vendors: z.array(imageLists.vendors.schema),
    ended: z.array(imageLists.ended.schema),
    leases: z.array(imageLists.leases.schema),
  }),
});

/** Why what a member writes could not be read at its next start; undefined: it could. */
export function whyUnreadable(writes: readonly Write[]): string | undefined {
  for (const write of writes) {
    const changes =
      write.type === 'append'
        ? write.entries.flatMap((entry) => entry.changes)
        : write.type === 'rows'
          ? write.changes
          : [];
    for (const change of asOnTheLink(changes) as Change[]) {
      const row = 'row' in change ? change.row?.after : null;
      const { error } =
        change.type === 'row' ? rowOrNone.safeParse(row) : storedSchema.safeParse(change);
      const wrong = error ?? rowOrNone.safeParse(row ?? null).error;
      if (wrong)
        return `${change.type}: ${wrong.issues[0]?.path.join('.')} ${wrong.issues[0]?.message}`;
    }
  }
  return undefined;
}

const rowOrNone = rowSchema.nullable();
const storedSchema = changeSchema(storedMetaSchema);

/** With identifiers of the length of real ones. Here they are short, to be read. */
function asOnTheLink(value: object): unknown {
  return lengthened(asJson(value));
}

function lengthened(value: unknown): unknown {
  if (typeof value === 'string') return longText(value);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(lengthened);
  return Object.fromEntries(
    Object.entries(value).map(([key, field]) => [longText(key), lengthened(field)]),
  );
}

function longText(text: string): string {
  if (/^[A-Z]$/.test(text)) return text.charCodeAt(0).toString(16).padStart(64, '0');
  const lease = /^lease-(\d+)$/.exec(text)?.[1];
  if (lease !== undefined) return `${leaseIdStart}${lease.padStart(12, '0')}`;
  return text.replace(/\bboot(\d+)/g, (_, boot: string) => boot.padStart(16, '0'));
}

const leaseIdStart = '00000000-0000-4000-8000-';

/** Where the second has something that the first has not. */
function firstDifference(heard: unknown, said: unknown, path = ''): string {
  if (typeof said !== 'object' || said === null) return path;
  for (const [key, value] of Object.entries(said)) {
    const other: unknown = typeof heard === 'object' && heard ? Reflect.get(heard, key) : undefined;
    if (!isDeepStrictEqual(other, value)) return firstDifference(other, value, `${path}.${key}`);
  }
  return path;
}
