import { randomBytes } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';
import type { PinnedServer, PinnedServers } from '../../src-shared/client/client-ports.ts';
import { hostPortSchema, serverIdSchema } from '../../src-shared/model/scalars.ts';

const knownServersMax = 1_000;

const knownServersSchema = z.strictObject({
  format: z.literal('understudy-known-servers/1'),
  servers: z
    .record(hostPortSchema, serverIdSchema)
    .refine((servers) => Object.keys(servers).length <= knownServersMax, 'holds too many servers'),
});
type Servers = z.infer<typeof knownServersSchema>['servers'];

/**
 * Which key each server showed first, in a file of this user. Written anew in one step; one that
 * cannot be read is left as it is and trusts nobody.
 */
export class KnownServersFile implements PinnedServers {
  readonly #path: string;
  /** Changes of this process one after the other; each reads the file anew. */
  #queue: Promise<unknown> = Promise.resolve();

  constructor(path: string) {
    this.#path = path;
  }

  async find(target: string): Promise<PinnedServer> {
    const read = await this.#read();
    if (!read.ok) return { type: 'unreadable', message: read.message };
    const fingerprint = read.servers[target];
    return fingerprint === undefined ? { type: 'unknown' } : { type: 'known', fingerprint };
  }

  remember(target: string, fingerprint: string): Promise<string | null> {
    const done = this.#queue.then(() => this.#add(target, fingerprint));
    this.#queue = done;
    return done;
  }

  describeRemoval(target: string): string {
    return `remove the line of ${target} from ${this.#path}`;
  }

  async #add(target: string, fingerprint: string): Promise<string | null> {
    const read = await this.#read();
    if (!read.ok) return read.message;
    const entries = Object.entries({ ...read.servers, [target]: fingerprint });
    const servers: Servers = Object.fromEntries(entries.slice(-knownServersMax));
    const temporary = `${this.#path}.${randomBytes(6).toString('hex')}`;
    const text = `${JSON.stringify({ format: 'understudy-known-servers/1', servers }, null, 2)}\n`;
    try {
      await mkdir(dirname(this.#path), { recursive: true, mode: 0o700 });
      await writeFile(temporary, text, { mode: 0o600, flag: 'wx' });
      await rename(temporary, this.#path);
      return null;
    } catch (error) {
      await rm(temporary, { force: true }).catch(() => undefined);
      const reason = error instanceof Error ? error.message : String(error);
      return `The key of ${target} could not be remembered in ${this.#path}: ${reason}.`;
    }
  }

  async #read(): Promise<{ ok: true; servers: Servers } | { ok: false; message: string }> {
    let text: string;
    try {
      text = await readFile(this.#path, 'utf8');
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') {
        return { ok: true, servers: {} };
      }
      const reason = error instanceof Error ? error.message : String(error);
      return { ok: false, message: `${this.#path} cannot be read: ${reason}. Nothing was sent.` };
    }
    const parsed = knownServersSchema.safeParse(parseJson(text));
    if (parsed.success) return { ok: true, servers: parsed.data.servers };
    return {
      ok: false,
      message:
        `${this.#path}, which remembers the keys of licence servers, is damaged. Nothing was ` +
        'sent. Mend it, or put it aside so that each server is trusted by the key it shows next.',
    };
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
