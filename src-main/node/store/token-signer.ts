import type { TokenClaims } from '../../../src-shared/contract/client-api.ts';
import type { Store } from './store.ts';
import type { Log } from '../base/log.ts';

interface SignOrder {
  claims: TokenClaims;
  done: (token: string | null) => void;
}

/** Signs tokens off this thread, many at a time; those of one turn of the loop together. */
export class TokenSigner {
  readonly #store: Pick<Store, 'sign'>;
  readonly #log: Pick<Log, 'error'>;
  #asked: SignOrder[] = [];
  #planned = false;

  constructor(store: Pick<Store, 'sign'>, log: Pick<Log, 'error'>) {
    this.#store = store;
    this.#log = log;
  }

  /** `done` gets the token, or null when signing failed, which is a fault and in the log. */
  sign(claims: TokenClaims, done: (token: string | null) => void): void {
    this.#asked.push({ claims, done });
    if (this.#planned) return;
    this.#planned = true;
    // After the batch that is begun in this turn, so that its flush is asked for first.
    setImmediate(() => setImmediate(() => void this.#signAll()));
  }

  async #signAll(): Promise<void> {
    this.#planned = false;
    const asked = this.#asked;
    this.#asked = [];
    let tokens: string[] = [];
    try {
      tokens = await this.#store.sign(asked.map(({ claims }) => claims));
    } catch (error) {
      this.#log.error('Tokens could not be signed', error);
    }
    asked.forEach(({ done }, i) => done(tokens[i] ?? null));
  }
}
