import { setImmediate as nextTurn } from 'node:timers/promises';

/** Text of so many characters is parsed at once: a millisecond or two, whatever is in it. */
const sliceChars = 64 * 1024;

/** The loop is let free after so long. */
const sliceMs = 4;

export interface JsonLimits {
  /** Values of every kind, keys not counted. */
  valuesMax: number;
  /** Arrays and objects within each other. */
  depthMax: number;
  /** Characters of one text, as it is written. */
  textCharsMax: number;
  /** Values of one list, except for lists that stand in `longListsAt` others. */
  listMax: number;
  longListsAt: readonly number[];
}

/** The text is no JSON, or more than the limits let it be. */
export class JsonRefused extends Error {
  override name = 'JsonRefused';
}

/**
 * Counts what a text would come to, before anything is built of it.
 *
 * @throws {JsonRefused}
 */
export function checkJson(text: string, limits: JsonLimits): void {
  new JsonCount(text, limits).upTo(text.length);
}

/** What `JSON.parse` gives, with the event loop free in between. */
export async function parseSliced(text: string, limits: JsonLimits): Promise<unknown> {
  const parser = new SlicedParser(text, limits);
  try {
    return await parser.whole();
  } catch (error) {
    if (error instanceof SyntaxError) throw new JsonRefused('it is no JSON');
    throw error;
  }
}

/** Lets the loop free when a slice has lasted long enough; to be awaited between portions of work. */
export class Slices {
  #begunMs = performance.now();

  async rest(): Promise<void> {
    if (performance.now() - this.#begunMs < sliceMs) return;
    await nextTurn();
    this.#begunMs = performance.now();
  }
}

const [quote, backslash, comma, colon] = [0x22, 0x5c, 0x2c, 0x3a];
const [openArray, closeArray, openObject, closeObject] = [0x5b, 0x5d, 0x7b, 0x7d];

class SlicedParser {
  readonly #text: string;
  readonly #limits: JsonLimits;
  readonly #slices = new Slices();
  /** Where the next character is read. */
  #at = 0;

  constructor(text: string, limits: JsonLimits) {
    this.#text = text;
    this.#limits = limits;
  }

  async whole(): Promise<unknown> {
    await this.#measure();
    this.#at = 0;
    const value = await this.#value();
    this.#skipSpace();
    if (this.#at < this.#text.length) throw new JsonRefused('something follows its end');
    return value;
  }

  /** Counts before anything is built. */
  async #measure(): Promise<void> {
    const count = new JsonCount(this.#text, this.#limits);
    for (let end = 0; end < this.#text.length;) {
      end += sliceChars;
      count.upTo(end);
      await this.#slices.rest();
    }
  }

  async #value(): Promise<unknown> {
    this.#skipSpace();
    const begin = this.#at;
    const end = this.#endOfValue(begin, begin + sliceChars);
    if (end !== undefined) {
      this.#at = end;
      return JSON.parse(this.#text.slice(begin, end)) as unknown;
    }
    await this.#slices.rest();
    const code = this.#text.charCodeAt(begin);
    if (code === openArray) return this.#array();
    if (code === openObject) return this.#object();
    if (code !== quote) throw new JsonRefused('it is no JSON');
    this.#at = this.#endOfString(begin);
    return JSON.parse(this.#text.slice(begin, this.#at)) as unknown;
  }

  async #array(): Promise<unknown[]> {
    const values: unknown[] = [];
    this.#at++;
    for (;;) {
      values.push(await this.#value());
      await this.#slices.rest();
      if (this.#separator(closeArray)) return values;
    }
  }

  async #object(): Promise<Record<string, unknown>> {
    const entries: [string, unknown][] = [];
    this.#at++;
    for (;;) {
      this.#skipSpace();
      const begin = this.#at;
      if (this.#text.charCodeAt(begin) !== quote) throw new JsonRefused('a key is missing');
      this.#at = this.#endOfString(begin);
      const key = JSON.parse(this.#text.slice(begin, this.#at)) as string;
      this.#skipSpace();
      if (this.#text.charCodeAt(this.#at) !== colon) throw new JsonRefused('a value is missing');
      this.#at++;
      entries.push([key, await this.#value()]);
      if (this.#separator(closeObject)) return Object.fromEntries(entries);
    }
  }

  /** Goes behind a comma (false) or the end (true). */
  #separator(close: number): boolean {
    this.#skipSpace();
    const code = this.#text.charCodeAt(this.#at++);
    if (code !== comma && code !== close) throw new JsonRefused('it is no JSON');
    return code === close;
  }

  #skipSpace(): void {
    while (this.#text.charCodeAt(this.#at) <= 0x20) this.#at++;
  }

  /** Behind the value that begins here; undefined: not before `limit`. */
  #endOfValue(begin: number, limit: number): number | undefined {
    const text = this.#text;
    let depth = 0;
    for (let at = begin; at < limit; at++) {
      if (at >= text.length) return depth === 0 ? at : limit;
      const code = text.charCodeAt(at);
      if (code === quote) {
        at = this.#endOfString(at) - 1;
        if (depth === 0) return at < limit ? at + 1 : undefined;
      } else if (code === openArray || code === openObject) depth++;
      else if (code === closeArray || code === closeObject) {
        // The end of what this value stands in.
        if (depth === 0) return at;
        if (--depth === 0) return at + 1;
      } else if (code === comma && depth === 0) return at;
    }
    return undefined;
  }

  #endOfString(begin: number): number {
    return endOfString(this.#text, begin, this.#limits.textCharsMax);
  }
}

/** Counts along a text. */
class JsonCount {
  readonly #text: string;
  readonly #limits: JsonLimits;
  #at = 0;
  #values = 1;
  /** Of each list or object around the place, how many values it has so far. */
  readonly #counts: number[] = [0];

  constructor(text: string, limits: JsonLimits) {
    this.#text = text;
    this.#limits = limits;
  }

  upTo(end: number): void {
    const text = this.#text;
    const { textCharsMax } = this.#limits;
    const last = Math.min(end, text.length);
    for (; this.#at < last; this.#at++) {
      const code = text.charCodeAt(this.#at);
      if (code === quote) this.#at = endOfString(text, this.#at, textCharsMax) - 1;
      else if (code === comma) this.#add();
      else if (code === openArray || code === openObject) {
        this.#add();
        this.#counts.push(0);
        if (this.#counts.length > this.#limits.depthMax) throw new JsonRefused('it is too deep');
      } else if (code === closeArray || code === closeObject) this.#counts.pop();
    }
  }

  #add(): void {
    const { valuesMax, listMax, longListsAt } = this.#limits;
    const depth = this.#counts.length - 1;
    const count = (this.#counts[depth] ?? 0) + 1;
    if (depth >= 0) this.#counts[depth] = count;
    if (++this.#values > valuesMax) throw new JsonRefused('it has too many values');
    // A list in a list counts as two.
    if (count > 2 * listMax && !longListsAt.includes(depth)) {
      throw new JsonRefused('a list in it is too long');
    }
  }
}

/** Behind the closing quote of the string that begins here. */
function endOfString(text: string, begin: number, charsMax: number): number {
  const end = begin + charsMax;
  for (let at = text.indexOf('"', begin + 1); at >= 0; at = text.indexOf('"', at + 1)) {
    if (at > end) throw new JsonRefused('a text in it is too long');
    let escapes = 0;
    while (text.charCodeAt(at - 1 - escapes) === backslash) escapes++;
    if (escapes % 2 === 0) return at + 1;
  }
  throw new JsonRefused('a text has no end');
}
