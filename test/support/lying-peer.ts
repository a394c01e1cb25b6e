import { expect } from 'vitest';
import type { Allowed } from '../../src-shared/model/consent.ts';
import type { LinkPayload } from '../../src-main/node/replicas/peer-payload.ts';
import type { TestNode } from './node.ts';
import { type PeerServer, startPeerServer } from './peer-server.ts';
import { order, patiently } from './related-nodes.ts';

type Answer = Extract<LinkPayload, { type: 'answer' }>['answer'];
type Call = Extract<LinkPayload, { type: 'call' }>;

/** A server with a key of its own that is paired in order, and says over the link what a test wants. */
export class LyingPeer {
  readonly server: PeerServer;
  /** What it heard, but for calls and answers. */
  readonly heard: { from: string; payload: LinkPayload }[] = [];
  readonly calls: { from: string; call: Call }[] = [];
  /** What it answers to a method; a call of another one is not answered. */
  readonly answers: Record<string, (call: Call, from: string) => Answer> = {};
  readonly #waiting = new Map<number, (answer: Answer) => void>();
  #lastId = 0;

  constructor(server: PeerServer) {
    this.server = server;
    server.onLinkEvent((event) => {
      if (event.type === 'message') this.#take(event.id, event.payload as LinkPayload);
    });
  }

  get id(): string {
    return this.server.id;
  }

  async pairWith(node: TestNode, allow: Allowed = 'nothing'): Promise<void> {
    const { code } = await order(node, 'servers.invite', { allow });
    const answer = await this.server.servers.pair(`127.0.0.1:${node.port}`, code, 'nothing');
    if (!answer.ok) throw new Error(answer.message);
    await expect.poll(() => this.server.servers.isConnected(node.node.id), patiently).toBe(true);
    await expect
      .poll(
        () => node.node.admin.snapshot().servers.find(({ id }) => id === this.id)?.connected,
        patiently,
      )
      .toBe(true);
  }

  say(to: TestNode, payload: unknown): void {
    if (!this.server.servers.send(to.node.id, payload)) throw new Error('it is not connected');
  }

  ask(to: TestNode, method: string, args: unknown): Promise<Answer> {
    const id = ++this.#lastId;
    return new Promise((resolve) => {
      this.#waiting.set(id, resolve);
      this.say(to, { type: 'call', id, method, args });
    });
  }

  /** Everything that was said before has been taken in by the node. */
  async settled(to: TestNode): Promise<void> {
    await this.ask(to, 'nothing', {});
  }

  #take(from: string, payload: LinkPayload): void {
    if (payload.type === 'answer') {
      this.#waiting.get(payload.id)?.(payload.answer);
      this.#waiting.delete(payload.id);
    } else if (payload.type === 'call') {
      this.calls.push({ from, call: payload });
      const answer = this.answers[payload.method]?.(payload, from);
      if (answer) this.server.servers.send(from, { type: 'answer', id: payload.id, answer });
    } else this.heard.push({ from, payload });
  }
}

export async function startLyingPeer(...pairedWith: TestNode[]): Promise<LyingPeer> {
  const liar = new LyingPeer(await startPeerServer({ name: 'Liar' }));
  for (const node of pairedWith) await liar.pairWith(node);
  return liar;
}

/** The same, and the admin there has agreed to a relationship with it. */
export async function startAgreedLiar(node: TestNode): Promise<LyingPeer> {
  const liar = new LyingPeer(await startPeerServer({ name: 'Liar' }));
  await liar.pairWith(node, 'relationship');
  return liar;
}

/** What a peer could have changed at a server. */
export function stateOf({ node }: TestNode): unknown {
  const { ledgers, licenses, relationship, vendors, leaseCount } = node.admin.snapshot();
  return {
    ledgers: ledgers.map(({ activeSince: _, ...ledger }) => ledger),
    licenses,
    relationship: relationship && {
      ...relationship,
      members: relationship.members.map(({ id, role }) => ({ id, role })),
    },
    vendors,
    leaseCount,
  };
}
