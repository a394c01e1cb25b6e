/** The starts of one simulated server, as `Boots` has them: each has a name that no other one has. */
export class MemberBoots {
  readonly #newBoot: () => string;
  #current: string | null = null;

  constructor(newBoot: () => string) {
    this.#newBoot = newBoot;
  }

  get current(): string {
    return (this.#current ??= this.#newBoot());
  }

  renew(): string {
    return (this.#current = this.#newBoot());
  }

  /** The server is started. */
  noteStart(): void {
    this.#current = null;
  }
}
