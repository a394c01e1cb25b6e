import { randomBytes } from 'node:crypto';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';
import { systemCodeOf } from '../files/system-error.ts';
import { decodeText } from '../files/text-file.ts';
import { replaceFile } from '../files/replace-file.ts';
import type { PinnedServer, PinnedServers } from '../../src-shared/client/client-ports.ts';
import { parseJson } from '../../src-shared/model/json.ts';
import { hostPortSchema, serverIdSchema } from '../../src-shared/model/scalars.ts';

const knownServersMax = 1_000;

/** Servers that one server names, at most. */
const namedMax = 16;

const knownServersSchema = z.strictObject({
  format: z.literal('understudy-known-servers/1'),
  servers: z
    .record(hostPortSchema, serverIdSchema)
    .refine((servers) => Object.keys(servers).length <= knownServersMax, 'holds too many servers'),
  /** By id of a server, whom it has named last as those that keep the same leases. */
  named: z
    .record(serverIdSchema, z.array(serverIdSchema).max(namedMax))
    .refine((named) => Object.keys(named).length <= knownServersMax, 'holds too many servers')
    .optional(),
});
type Known = Omit<z.infer<typeof knownServersSchema>, 'format'>;

/**
 * Which key each server showed first, and which servers it named, in a file of this user. Written anew in one step; one that
 * cannot be read is left as it is and trusts nobody.
 */
export class KnownServersFile implements PinnedServers {
  readonly #path: string;
  /** What was remembered last of each server, to write only what is new. */
  readonly #named = new Map<string, string>();
  /** Changes of this process one after the other; each reads the file anew. */
  #queue: Promise<unknown> = Promise.resolve();

  constructor(path: string) {
    this.#path = path;
  }

  async find(target: string): Promise<PinnedServer> {
    const read = await this.#read();
    if (!read.ok) return { type: 'unreadable', message: read.message };
    const fingerprint = read.known.servers[target];
    return fingerprint === undefined ? { type: 'unknown' } : { type: 'known', fingerprint };
  }

  remember(target: string, fingerprint: string): Promise<string | null> {
    return this.#change(`The key of ${target}`, ({ servers, ...rest }) => ({
      ...rest,
      servers: withNewest(servers, target, fingerprint),
    }));
  }

  readonly namedBy = async (id: string): Promise<readonly string[]> => {
    const read = await this.#read();
    return read.ok ? (read.known.named?.[id] ?? []) : [];
  };

  async rememberNamed(id: string, ids: readonly string[]): Promise<string | null> {
    const named = ids.slice(0, namedMax).sort();
    if (this.#named.get(id) === named.join()) return null;
    const failure = await this.#change(`The partners of a server`, (known) => {
      const before = known.named ?? {};
      const isKept = (before[id] ?? []).join() === named.join();
      return isKept ? known : { ...known, named: withNewest(before, id, named) };
    });
    if (failure === null) this.#named.set(id, named.join());
    return failure;
  }

  describeRemoval(target: string): string {
    return `remove the line of ${target} from ${this.#path}`;
  }

  #change(what: string, edit: (known: Known) => Known): Promise<string | null> {
    const done = this.#queue.then(() => this.#write(what, edit));
    this.#queue = done;
    return done;
  }

  async #write(what: string, edit: (known: Known) => Known): Promise<string | null> {
    const read = await this.#read();
    if (!read.ok) return read.message;
    const known = edit(read.known);
    if (known === read.known) return null;
    const temporary = `${this.#path}.${randomBytes(6).toString('hex')}`;
    const text = `${JSON.stringify({ format: 'understudy-known-servers/1', ...known }, null, 2)}\n`;
    try {
      await mkdir(dirname(this.#path), { recursive: true, mode: 0o700 });
      await writeFile(temporary, text, { mode: 0o600, flag: 'wx' });
      await replaceFile(temporary, this.#path);
      return null;
    } catch (error) {
      await rm(temporary, { force: true }).catch(() => undefined);
      const reason = error instanceof Error ? error.message : String(error);
      return `${what} could not be remembered in ${this.#path}: ${reason}.`;
    }
  }

  async #read(): Promise<{ ok: true; known: Known } | { ok: false; message: string }> {
    let text: string;
    try {
      text = decodeText(await readFile(this.#path));
    } catch (error) {
      if (systemCodeOf(error) === 'ENOENT') return { ok: true, known: { servers: {} } };
      const reason = error instanceof Error ? error.message : String(error);
      return { ok: false, message: `${this.#path} cannot be read: ${reason}. Nothing was sent.` };
    }
    const parsed = knownServersSchema.safeParse(parseJson(text));
    if (parsed.success) {
      const { format: _, ...known } = parsed.data;
      return { ok: true, known };
    }
    return {
      ok: false,
      message:
        `${this.#path}, which remembers the keys of licence servers, is damaged. Nothing was ` +
        'sent. Mend it, or put it aside so that each server is trusted by the key it shows next.',
    };
  }
}

/** The newest entry is the last one; of too many the oldest go. */
function withNewest<V>(entries: Record<string, V>, key: string, value: V): Record<string, V> {
  const others = Object.entries(entries).filter(([other]) => other !== key);
  return Object.fromEntries([...others, [key, value] as const].slice(-knownServersMax));
}
