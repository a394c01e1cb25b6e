import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { type Message, type MessageBus, Message as BusMessage, sessionBus } from 'dbus-next';

/** A session bus of its own for one test: nothing that runs on this machine is on it. */
export class SessionBus {
  readonly address: string;
  readonly connection: MessageBus;
  readonly #daemon: ChildProcess;

  private constructor(daemon: ChildProcess, address: string, connection: MessageBus) {
    this.#daemon = daemon;
    this.address = address;
    this.connection = connection;
  }

  static async start(): Promise<SessionBus> {
    const daemon = spawn(
      'dbus-daemon',
      ['--session', '--nofork', '--nopidfile', '--print-address=1'],
      { stdio: ['ignore', 'pipe', 'ignore'] },
    );
    const lines = createInterface({ input: daemon.stdout });
    const [address] = (await once(lines, 'line')) as [string];
    const connection = sessionBus({ busAddress: address });
    await once(connection, 'connect');
    return new SessionBus(daemon, address, connection);
  }

  /** Calls a method and returns the body of the reply. */
  async call(
    target: { destination: string; path: string; interface: string },
    member: string,
    signature = '',
    body: unknown[] = [],
  ): Promise<unknown[]> {
    const reply = await this.connection.call(
      new BusMessage({ ...target, member, signature, body }),
    );
    return reply?.body ?? [];
  }

  /**
   * Owns `name` on the bus and answers the methods of `members`, by `interface.member`; each returns
   * the signature and the body of its reply.
   */
  async serve(
    name: string,
    members: Record<string, (message: Message) => [signature: string, body: unknown[]]>,
  ): Promise<void> {
    this.connection.addMethodHandler((message: Message): boolean => {
      const member = members[`${message.interface}.${message.member}`];
      if (!member) return false;
      const [signature, body] = member(message);
      this.connection.send(BusMessage.newMethodReturn(message, signature, body));
      return true;
    });
    await this.connection.requestName(name, 0);
  }

  signal(path: string, from: string, member: string, signature = '', body: unknown[] = []): void {
    this.connection.send(BusMessage.newSignal(path, from, member, signature, body));
  }

  async close(): Promise<void> {
    this.connection.disconnect();
    this.#daemon.kill();
    if (this.#daemon.exitCode === null && this.#daemon.signalCode === null) {
      await once(this.#daemon, 'exit');
    }
  }
}
