import { FirstLink } from './first-link.ts';
import type { CloseCause, PeerConnection } from './peer-connection.ts';
import type { LinkEvent, LinkEnvironment, LinkProblem, LinkStatus } from './link-event.ts';
import type { Hello, LinkMessage, LinkRefusal } from './link-message.ts';
import { peerProtocolVersion } from './link-message.ts';
import { LinkPulse } from './link-pulse.ts';
import { type Greeted, isStopOf, saidAddressOf, type UpLink } from './up-link.ts';
import { probeProcess } from './probe-process.ts';
import { describeDialProblem, describeOtherKey, describeRefusal } from './link-problem.ts';

/** Addresses that one round of connecting tries. */
const addressesTriedMax = 8;

/** Longest wait for a sign of life on the link when another start of the same server calls. */
const aliveMsMax = 1_500;

/** A copy that is refused tries again within this time while it is there. */
const copyToldMs = 30_000;

/** How long a connection that was replaced is left to the other end to close. */
const replacedMs = 1_000;

/**
 * The link with one paired server: keeps one connection up, whichever side made it.
 *
 * Both sides connect. Which connection is the link is decided by one of them, the server with the
 * lower id: it sends `welcome` on the newest connection that both sides have said hello on, and the
 * other follows. So exactly one connection survives, and a connection whose death nobody has noticed
 * gives way to a new one.
 */
export class PeerLink {
  readonly #id: string;
  readonly #with: LinkEnvironment;
  readonly #first: FirstLink;
  #up: UpLink | undefined;
  #sessions = 0;
  #dialing = false;
  #failures = 0;
  #retry: NodeJS.Timeout | undefined;
  #ended = false;
  #lastAddress: string | undefined;
  #problem: LinkProblem | null = null;
  #version: string | null = null;
  #copy: { address: string; atMs: number } | undefined;

  constructor(id: string, environment: LinkEnvironment) {
    this.#id = id;
    this.#with = environment;
    this.#first = new FirstLink(environment.timings.firstLinkMs);
  }

  status(): LinkStatus {
    const up = this.#up;
    return {
      connected: up !== undefined,
      session: up?.session ?? null,
      address: up?.address ?? up?.saidAddress ?? this.#lastAddress ?? null,
      clockDifferenceMs: up?.pulse.clock.differenceMs ?? null,
      roundTripMs: up?.pulse.clock.roundTripMs ?? null,
      heardMs: up?.pulse.heardMs ?? null,
      version: this.#version,
      problem: up?.isTaken ? null : this.#problem,
      copyAt: this.#copyAt(),
    };
  }

  /** Resolves at once, but for a new link: when it is up, or has had the time for it. */
  untilTried(): Promise<void> {
    return this.#first.settled;
  }

  /**
   * Connects now and not when the wait is over; for when there is reason to think that it works.
   */
  redial(): void {
    this.#failures = 0;
    clearTimeout(this.#retry);
    void this.#dial();
  }

  send(message: LinkMessage): boolean {
    return this.#up?.connection.send(message) ?? false;
  }

  /** Tells the other server, if it is connected, where and as whom this one is to be found now. */
  announce(): void {
    const { name, details } = this.#with.hello('link', true);
    if (details) this.send({ type: 'details', name, details });
  }

  /** Keying material of the connection that is the link now. */
  exportKeyingMaterial(label: string): Buffer | undefined {
    return this.#up?.connection.exportKeyingMaterial(label);
  }

  /** A connection that the other server made; its key was checked. */
  async accept(connection: PeerConnection, hello: Hello): Promise<void> {
    if (this.#ended) return connection.end();
    connection.trust((head, bytes) => this.#with.wants(this.#id, head, bytes));
    const pairing = this.#with.pairingOf(this.#id);
    connection.send(this.#with.hello('link', true, this.#id));
    await this.#establish(connection, { hello, address: null, pairing });
  }

  /** Ends the link with a last word. */
  async end(reason: 'stopping' | 'forgotten'): Promise<void> {
    this.#ended = true;
    this.#first.settle();
    clearTimeout(this.#retry);
    const up = this.#up;
    if (!up) return;
    this.#up = undefined;
    up.pulse.stop();
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, this.#with.timings.goodbyeMs);
      up.connection.onClose(() => {
        clearTimeout(timer);
        resolve();
      });
      up.connection.end({ type: 'goodbye', reason });
    });
    up.connection.destroy('the link ended');
  }

  async #dial(): Promise<void> {
    if (this.#dialing || this.#up || this.#ended) return;
    this.#dialing = true;
    for (const address of this.#candidates()) {
      if (this.#up || this.#ended) break;
      await this.#tryAddress(address);
    }
    this.#dialing = false;
    this.#failures += 1;
    this.#planDial();
  }

  #planDial(): void {
    if (this.#up || this.#ended) return;
    clearTimeout(this.#retry);
    const { retryFirstMs, retryMaxMs } = this.#with.timings;
    const fullMs = Math.min(retryMaxMs, retryFirstMs * 2 ** Math.min(this.#failures, 16));
    const delayMs = fullMs * (0.5 + 0.5 * this.#with.random());
    this.#retry = setTimeout(() => void this.#dial(), delayMs);
  }

  #candidates(): string[] {
    const known = this.#with.addresses(this.#id);
    const last = this.#lastAddress;
    const all = last === undefined ? known : [last, ...known];
    return [...new Set(all)].slice(0, addressesTriedMax);
  }

  async #tryAddress(address: string): Promise<void> {
    const { keys, timings, hello, dial, takeSuccessor, pairingOf } = this.#with;
    const dialed = await dial({ address, keys, timeoutMs: timings.connectMs });
    if (!dialed.ok) {
      this.#setProblem(describeDialProblem(address, dialed));
      return;
    }
    const { connection, id } = dialed;
    if (this.#up || this.#ended) return connection.destroy('it is not needed');
    if (id !== this.#id) {
      connection.destroy('another key');
      if (takeSuccessor(this.#id, id)) return;
      return this.#setProblem(describeOtherKey(address, id));
    }
    connection.trust((head, bytes) => this.#with.wants(this.#id, head, bytes));
    const pairing = pairingOf(this.#id);
    connection.send(hello('link', true, this.#id));
    const answer = await connection.next(timings.answerMs);
    if (answer?.type !== 'hello') {
      if (answer?.type === 'refused') this.#noteRefusal(answer, { address, pairing });
      return connection.destroy('it did not say hello');
    }
    await this.#establish(connection, { hello: answer, address, pairing });
  }

  async #establish(connection: PeerConnection, greeted: Greeted): Promise<void> {
    const { hello, address, pairing } = greeted;
    const refusal = this.#judge(connection, hello);
    if (refusal) {
      this.#noteRefusal({ code: refusal }, { address: address ?? connection.remote, pairing });
      return connection.refuse(refusal);
    }
    if (await this.#isCopy(hello)) return this.#refuseCopy(connection, address);
    if (this.#with.keys.id < this.#id) {
      // A connection of ours that took longer than one of theirs is not needed.
      if (address !== null && this.#up) return connection.end();
      connection.send({ type: 'welcome' });
    } else {
      const answer = await connection.next(this.#with.timings.answerMs);
      if (answer?.type !== 'welcome') {
        if (answer?.type === 'refused') {
          this.#noteRefusal(answer, { address: connection.remote, pairing });
        }
        return connection.destroy('it did not welcome us');
      }
    }
    if (this.#ended) return connection.end();
    if (connection.isOpen) this.#adopt(connection, greeted);
  }

  #judge(connection: PeerConnection, hello: Hello) {
    if (hello.version !== peerProtocolVersion) return 'PROTOCOL_VERSION';
    if (connection.peerId !== this.#id || hello.id !== this.#id) return 'ID_MISMATCH';
    return hello.details ? undefined : 'NOT_PAIRED';
  }

  /**
   * Another start of the same server is connected and answers: the two are copies of each other, and
   * the second one is refused (protocol section 3b). Of a server that was started anew, no other start
   * is connected that answers.
   */
  async #isCopy({ details }: Hello): Promise<boolean> {
    const up = this.#up;
    const boot = details?.boots.at(-1);
    if (!up || boot === undefined || up.boot === boot) return false;
    const answers = await up.pulse.isAnswered(aliveMsMax);
    // Meanwhile the link may have been made anew, or the server may have named this start as its own.
    return answers && this.#up === up && up.boot !== boot;
  }

  #refuseCopy(connection: PeerConnection, called: string | null): void {
    const address = called ?? connection.remoteHost;
    this.#copy = { address, atMs: this.#with.clock().monotonicMs };
    connection.refuse('SAME_IDENTITY');
    this.#emit({ type: 'copyRefused', id: this.#id, address });
  }

  #copyAt(): string | null {
    const copy = this.#copy;
    if (!copy || this.#with.clock().monotonicMs - copy.atMs > copyToldMs) return null;
    return copy.address;
  }

  #adopt(connection: PeerConnection, { hello, address, pairing }: Greeted): void {
    clearTimeout(this.#retry);
    const old = this.#up;
    if (old) this.#replace(old);
    this.#failures = 0;
    const up: UpLink = {
      connection,
      session: ++this.#sessions,
      address,
      saidAddress: saidAddressOf(connection, hello),
      pulse: new LinkPulse(connection, this.#with),
      boot: hello.details?.boots.at(-1),
      pairing,
      isTaken: false,
    };
    this.#up = up;
    if (address !== null) this.#lastAddress = address;
    connection.onClose((cause) => this.#onClosed(up, cause));
    const { peer } = connection;
    if (peer) this.#emit({ type: 'keyProven', ...peer });
    if (hello.details) this.#noteDetails(hello.name, hello.details);
    this.#emit({ type: 'connected', id: this.#id, session: up.session });
    this.#first.settle();
    connection.becomeLink((message) => this.#onMessage(up, message));
    // Since the hello this server may have begun to listen, or have been told another address.
    this.announce();
    if (this.#up === up) up.pulse.ping();
    if (address === null) void this.#proveAddress(up);
  }

  #replace(old: UpLink): void {
    old.pulse.stop();
    const decidedByUs = this.#with.keys.id < this.#id;
    const end = () => old.connection.destroy('a newer connection took its place');
    // The other end follows our choice when the welcome has reached it.
    if (decidedByUs) setTimeout(end, replacedMs).unref();
    else end();
  }

  /** Finds out where a server that has called us can be called. */
  async #proveAddress(up: UpLink): Promise<void> {
    const { saidAddress: address } = up;
    if (address === null) return;
    const { timings, dial } = this.#with;
    const found = await dial({ address, keys: null, timeoutMs: timings.connectMs });
    if (!found.ok) return;
    found.connection.destroy('it only looked');
    if (found.id !== this.#id) return;
    up.address = address;
    this.#lastAddress = address;
    this.#emit({ type: 'addressProven', id: this.#id, address });
  }

  #onMessage(up: UpLink, message: LinkMessage): void {
    const now = this.#up;
    if (now !== up) {
      if (now && isStopOf(now, up, message)) this.#onMessage(now, message);
      return;
    }
    if (message.type === 'refused') {
      // The end that chooses the link does so before the other one has judged it.
      const address = up.address ?? up.connection.remoteHost;
      this.#noteRefusal(message, { address, pairing: up.pairing });
      up.connection.destroy('the other end refused it');
      return;
    }
    up.pulse.hear();
    if (!up.isTaken) {
      up.isTaken = true;
      this.#problem = null;
      this.#emit({ type: 'taken', id: this.#id });
    }
    switch (message.type) {
      case 'payload':
        this.#emit({ type: 'message', id: this.#id, session: up.session, payload: message.data });
        return;
      case 'ping':
        up.pulse.answer(message);
        return;
      case 'pong':
        this.#noteClock(up.pulse.measure(message));
        return;
      case 'details':
        up.boot = message.details.boots.at(-1);
        this.#noteDetails(message.name, message.details);
        return;
      case 'goodbye':
        this.#drop(up);
        up.connection.end();
        this.#emit({ type: 'goodbye', id: this.#id, reason: message.reason, pairing: up.pairing });
        if (message.reason === 'stopping') this.#planDial();
        return;
      case 'hello':
      case 'proof':
      case 'paired':
      case 'welcome':
        up.connection.destroy(`the other end sent ${message.type} on a link`);
    }
  }

  #noteClock(differenceMs: number | undefined): void {
    if (differenceMs === undefined) return;
    this.#emit({ type: 'clockMeasured', id: this.#id, differenceMs });
  }

  #drop(up: UpLink): void {
    up.pulse.stop();
    if (this.#up === up) this.#up = undefined;
  }

  #onClosed(up: UpLink, cause: CloseCause): void {
    const wasUp = this.#up === up;
    this.#drop(up);
    if (!wasUp || this.#ended) return;
    this.#emit({ type: 'disconnected', id: this.#id, ...cause });
    if (up.isTaken) {
      this.#problem = { code: 'LOST', message: `The connection ended: ${cause.detail}.` };
    }
    if (cause.by === 'peer') void this.#probe(up.address ?? this.#candidates()[0]);
    else this.redial();
  }

  /** The other host closed the connection: is the process gone (protocol section 5)? */
  async #probe(address: string | undefined): Promise<void> {
    if (address === undefined) return this.redial();
    const found = await probeProcess(address, this.#with.timings, {
      isSettled: () => this.#up !== undefined || this.#ended,
      call: () => this.#dial(),
    });
    switch (found) {
      case 'settled':
        return;
      case 'unreachable':
        return this.redial();
      case 'unclear':
        return this.#planDial();
      default:
        this.#noteGone(found, address);
    }
  }

  #noteGone(evidence: 'refused' | 'unanswered', address: string): void {
    this.#problem = {
      code: 'GONE',
      message: `The server at ${address} stopped unexpectedly. Start it again.`,
    };
    this.#emit({ type: 'gone', id: this.#id, evidence });
    this.#planDial();
  }

  #noteRefusal({ code, ended }: LinkRefusal, of: { address: string; pairing: number }): void {
    this.#setProblem(describeRefusal(code, of.address));
    if (code !== 'NOT_PAIRED') return;
    const { pairing } = of;
    this.#emit({ type: 'pairingEnded', id: this.#id, ordered: ended === true, pairing });
  }

  #setProblem(problem: LinkProblem): void {
    const isNew = this.#problem?.code !== problem.code;
    this.#problem = problem;
    if (isNew) this.#emit({ type: 'problem', id: this.#id, problem });
  }

  #noteDetails(name: string, details: NonNullable<Hello['details']>): void {
    this.#version = details.appVersion;
    const { addresses, clientAddresses, boots, knownBoot: boot } = details;
    this.#emit({ type: 'detailsHeard', id: this.#id, name, addresses, clientAddresses });
    this.#emit({ type: 'bootsHeard', id: this.#id, boots });
    if (boot !== undefined) this.#emit({ type: 'ownBootHeard', id: this.#id, boot });
  }

  #emit(event: LinkEvent): void {
    this.#with.emit(event);
  }
}
