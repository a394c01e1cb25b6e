import { z } from 'zod';
import type { StoredLedger } from '../core/ledger/change.ts';
import { Slices } from '../base/sliced-json.ts';
import {
  entryLists,
  type ImageHead,
  imageHeadSchema,
  imageLists,
  type LinkPayload,
  linkPayloadSchema,
  messageLists,
} from './peer-payload.ts';

// Long lists are parsed value by value: the first one that is wrong ends it, and there is room to pause.

export type ParsedPayload = Parsed<LinkPayload>;

type Parsed<T> = { ok: true; value: T } | { ok: false; problem: string };

/** A payload of a paired server; a problem names the place that is wrong. */
export function parseLinkPayload(value: unknown): ParsedPayload {
  return isLedgerPayload(value)
    ? withLists(value, atOnce(parseMessageLists(value.message)))
    : parseWhole(value);
}

/** The same for a payload that can be long, with the event loop free in between. */
export async function parseLongPayload(value: unknown): Promise<ParsedPayload> {
  return isLedgerPayload(value)
    ? withLists(value, await inSlices(parseMessageLists(value.message)))
    : parseWhole(value);
}

/** A message of the replicas that came apart from the link, as part by part it does. */
export function parseLongMessage(message: object): Promise<Parsed<WithoutLists>> {
  return inSlices(parseMessageLists(message));
}

/** @throws {Error} what is wrong with it */
export async function parseImageHead(value: unknown): Promise<ImageHead> {
  const head = z.looseObject({ ledger: z.looseObject({}) }).parse(value);
  const lists = { rows: (given: unknown[]) => parseList(given, imageLists.rows) };
  const parsed = await inSlices(parseLists(head.ledger, lists));
  if (!parsed.ok) throw new Error(parsed.problem);
  const rest = imageHeadSchema.parse({ ...head, ledger: parsed.value.emptied });
  return { ...rest, ledger: { ...rest.ledger, ...parsed.value.lists } };
}

/** The long lists of an image, as far as their pages have come. */
export type ImageLists = Pick<StoredLedger, keyof typeof pageLists>;

const { rows: _, ...pageLists } = imageLists;

/**
 * Adds a page of one of the lists.
 *
 * @throws {Error} what is wrong with it
 */
export async function addImagePage(lists: ImageLists, page: unknown): Promise<void> {
  const [[key, given] = [], ...others] =
    typeof page === 'object' && page !== null ? Object.entries(page) : [];
  const name = imageListNames.find((one) => one === key);
  if (!name || !Array.isArray(given) || others.length > 0) {
    throw new Error('a part of it is no page of a list');
  }
  const { schema, max } = pageLists[name];
  const list: unknown[] = lists[name];
  const parsed = await inSlices(parseList<unknown>(given, { schema, max: max - list.length }));
  if (!parsed.ok) throw new Error(`${name}: ${parsed.problem}`);
  for (const one of parsed.value) list.push(one);
}

const imageListNames = Object.keys(pageLists) as (keyof ImageLists)[];

/** What was read of a message: all but its long lists, and those. */
interface WithoutLists {
  emptied: object;
  lists: Record<string, unknown[]>;
}

function withLists(value: object, parsed: Parsed<WithoutLists>): ParsedPayload {
  if (!parsed.ok) return { ok: false, problem: `message.${parsed.problem}` };
  const { emptied, lists } = parsed.value;
  const rest = parseWhole({ ...value, message: emptied });
  if (!rest.ok || rest.value.type !== 'ledger') return rest;
  const message = { ...rest.value.message, ...lists };
  return { ok: true, value: { ...rest.value, message } };
}

function parseWhole(value: unknown): ParsedPayload {
  const parsed = linkPayloadSchema.safeParse(value);
  if (parsed.success) return { ok: true, value: parsed.data as LinkPayload };
  return { ok: false, problem: describe(parsed.error) };
}

/** Every `yield` is a place to pause. */
type InPortions<T> = Generator<void, Parsed<T>>;

/** Values between two places to pause. */
const portion = 50;

function atOnce<T>(work: InPortions<T>): Parsed<T> {
  for (;;) {
    const step = work.next();
    if (step.done) return step.value;
  }
}

async function inSlices<T>(work: InPortions<T>): Promise<Parsed<T>> {
  const slices = new Slices();
  for (;;) {
    const step = work.next();
    if (step.done) return step.value;
    await slices.rest();
  }
}

function parseMessageLists(message: object): InPortions<WithoutLists> {
  return parseLists(message, {
    rows: (given) => parseList(given, messageLists.rows),
    history: (given) => parseList(given, messageLists.history),
    entries: (given) => parseEntries(given),
  });
}

function* parseLists(
  message: object,
  readers: Record<string, (given: unknown[]) => InPortions<unknown[]>>,
): InPortions<WithoutLists> {
  const emptied: Record<string, unknown> = { ...message };
  const lists: Record<string, unknown[]> = {};
  for (const [name, read] of Object.entries(readers)) {
    const given = emptied[name];
    if (!Array.isArray(given)) continue;
    const list = yield* read(given);
    if (!list.ok) return { ok: false, problem: `${name}: ${list.problem}` };
    emptied[name] = [];
    lists[name] = list.value;
  }
  return { ok: true, value: { emptied, lists } };
}

function* parseList<T>(
  given: readonly unknown[],
  { schema, max }: { schema: z.ZodType<T>; max: number },
): InPortions<T[]> {
  if (given.length > max) return { ok: false, problem: 'has too many values' };
  const value: T[] = [];
  for (const one of given) {
    const parsed = schema.safeParse(one);
    if (!parsed.success) return { ok: false, problem: describe(parsed.error) };
    value.push(parsed.data);
    if (value.length % portion === 0) yield;
  }
  return { ok: true, value };
}

/** Entries one by one, since one alone can have all the changes. */
function* parseEntries(given: readonly unknown[]): InPortions<unknown[]> {
  const { entries, changes } = entryLists;
  if (given.length > entries.max) return { ok: false, problem: 'has too many values' };
  const value: unknown[] = [];
  for (const entry of given) {
    const list: unknown = typeof entry === 'object' && entry && Reflect.get(entry, 'changes');
    if (!Array.isArray(list)) return { ok: false, problem: 'has no changes' };
    const position = entries.schema.safeParse(entry);
    if (!position.success) return { ok: false, problem: describe(position.error) };
    const parsed = yield* parseList<unknown>(list, changes);
    if (!parsed.ok) return parsed;
    value.push({ ...position.data, changes: parsed.value });
    yield;
  }
  return { ok: true, value };
}

function isLedgerPayload(value: unknown): value is { message: object } {
  if (typeof value !== 'object' || value === null) return false;
  const message: unknown = Reflect.get(value, 'message');
  return Reflect.get(value, 'type') === 'ledger' && typeof message === 'object' && message !== null;
}

function describe(error: z.ZodError): string {
  const issue = error.issues[0];
  return `${issue?.path.join('.') || 'it'}: ${issue?.message ?? ''}`;
}
