import { type Behaviour, type ScriptedNetwork, type ScriptedServer } from './scripted-servers.ts';

/** Two servers with the same leases, of which one is active, as clients see them. */
export class ScriptedPair {
  readonly a: ScriptedServer;
  readonly b: ScriptedServer;
  active: ScriptedServer;
  #term = 1;

  constructor(network: ScriptedNetwork) {
    this.a = network.add('a:7470');
    this.b = network.add('b:7470');
    this.b.leases = this.a.leases;
    this.active = this.a;
    this.serveFrom(this.a);
  }

  other(server: ScriptedServer): ScriptedServer {
    return server === this.a ? this.b : this.a;
  }

  /** `server` begins a new term; the other one sends clients to it, or does what it is told. */
  serveFrom(server: ScriptedServer, formerDoes?: Behaviour): void {
    const former = this.other(server);
    if (this.active !== server) this.#term++;
    this.active = server;
    server.term = this.#term;
    server.role = server === this.a ? 'primary' : 'failover';
    server.behaviour = { type: 'serve' };
    former.behaviour = formerDoes ?? { type: 'redirect', to: nameOf(server, this) };
    for (const member of [this.a, this.b]) {
      member.partners = [this.a, this.b].map((partner) => ({
        id: partner.fingerprint,
        name: nameOf(partner, this),
        url: `https://${nameOf(partner, this)}`,
        active: partner === server,
      }));
    }
  }

  /** The active one fails like this; the standby does that until it takes over. */
  fail(how: Behaviour, standbyDoes: Behaviour): void {
    this.other(this.active).behaviour = standbyDoes;
    this.active.behaviour = how;
  }
}

function nameOf(server: ScriptedServer, { a }: ScriptedPair): string {
  return server === a ? 'a:7470' : 'b:7470';
}
