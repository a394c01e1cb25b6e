import { expect } from 'vitest';
import type { Membership } from '../../src-shared/model/ledger-config.ts';
import type { LicenseGrant } from '../../src-shared/model/license.ts';
import type { RelationshipSettings } from '../../src-shared/model/relationship.ts';
import { logLimitsDefault } from '../../src-main/node/core/replica/replica-state.ts';
import { deriveReplicaView } from '../../src-main/node/core/replica/replica-view.ts';
import { type Unnumbered } from '../simulation/client.ts';
import { Cluster } from '../simulation/cluster.ts';
import { crash, restart, stop } from '../simulation/outages.ts';
import type { Answer, Member } from '../simulation/member.ts';
import { makeVerified } from '../support/core-host.ts';
import { describeAnswer, Transcript } from './transcript.ts';

export type Server = 'A' | 'B' | 'C' | 'D' | 'E' | 'W';

export const pair: Membership = { members: ['A', 'B'], witness: null, rule: 'continuity' };
export const triad: Membership = { members: ['A', 'B', 'C'], witness: null, rule: 'majority' };
export const pairWithWitness: Membership = { members: ['A', 'B'], witness: 'W', rule: 'majority' };

/** What a story tells of its servers, on simulated time, and the transcript of what they said. */
export class ServerStory {
  readonly cluster: Cluster;
  readonly #transcript: Transcript;
  readonly #roles = new Map<string, string>();
  readonly #told = new Set<string>();
  #started = false;

  constructor(
    membership: Membership,
    options: {
      units?: number;
      settings?: Partial<RelationshipSettings>;
    } = {},
  ) {
    this.cluster = new Cluster({
      seed: 1,
      membership,
      settings: options.settings ?? {},
      wishes: [],
      units: options.units ?? 3,
      limits: logLimitsDefault,
      onStep: (member) => this.#watch(member),
      onNote: (id, message) => this.#started && this.line(`SRV-${id}`, `journal: ${message}`),
    });
    this.#transcript = new Transcript(this.cluster.agenda);
    this.cluster.begin();
    this.cluster.runUntil(() => this.cluster.checks.convergence.isOne(), 5_000);
    this.cluster.runFor(1_000);
    this.#transcript.begin();
    this.#started = true;
  }

  /** What the story says next. */
  say(text: string): void {
    this.#transcript.say(text);
  }

  protected line(who: string, what: string): void {
    this.#transcript.line(who, what);
  }

  /** Says who begins and ceases to serve, and what comes onto the timeline. */
  #watch(member: Member): void {
    const { state, store } = member;
    if (!state || !store) return;
    const role = state.role.type === 'active' ? 'serves' : 'stands by';
    const before = this.#roles.get(member.id);
    this.#roles.set(member.id, role);
    if (this.#started && before !== undefined && before !== role) {
      this.line(`SRV-${member.id}`, `${role}, term ${state.term.number}`);
    }
    for (const event of store.history.events) {
      const key = `${event.server} ${event.atMs} ${event.kind}`;
      if (this.#told.has(key)) continue;
      this.#told.add(key);
      const text = `timeline ${event.severity}: ${event.message}`;
      if (this.#started) this.line(`SRV-${event.server}`, text);
    }
  }

  pass(seconds: number): void {
    this.cluster.runFor(seconds * 1000);
  }

  /** Time goes on until something is so; it must become so within the time. */
  passUntil(what: string, condition: () => boolean, withinSeconds: number): void {
    const happened = this.cluster.runUntil(condition, withinSeconds * 1000);
    expect({ what, happened }).toEqual({ what, happened: true });
  }

  /** The others find a killed process gone soon, or when the story says so; lost power they do not. */
  crash(server: Server, seen: 'soon' | 'by notice' | null = 'soon'): void {
    this.line(`SRV-${server}`, seen ? 'its process is killed' : 'loses power');
    crash(this.cluster, server, seen === 'soon' ? 'gone' : null);
    this.#roles.delete(server);
  }

  notice(server: Server, gone: Server): void {
    this.line(`SRV-${server}`, `finds that the process of SRV-${gone} is gone`);
    this.member(server).step({ type: 'evidenceFound', peer: gone, evidence: 'gone' });
  }

  start(server: Server): void {
    this.line(`SRV-${server}`, 'starts');
    restart(this.cluster, server);
  }

  stop(server: Server): void {
    this.line(`SRV-${server}`, 'is stopped in an orderly way');
    stop(this.cluster, this.member(server));
  }

  cut(a: Server, b: Server): void {
    this.line('network', `SRV-${a} and SRV-${b} cannot reach each other`);
    this.cluster.network.weather.cut.add(`${a}>${b}`).add(`${b}>${a}`);
  }

  heal(): void {
    this.line('network', 'works again');
    this.cluster.network.weather.cut.clear();
  }

  failDisk(server: Server): void {
    this.line(`SRV-${server}`, 'its disk is full');
    this.member(server).diskFails = true;
  }

  mendDisk(server: Server): void {
    this.line(`SRV-${server}`, 'its disk has room again');
    this.member(server).mendDisk();
  }

  switchover(to: Server): void {
    this.line('admin', `switches over to SRV-${to}`);
    this.cluster.admin.placed = to === 'A' ? null : to;
    const placed = () =>
      this.cluster.active?.state?.ledger.config.placed === this.cluster.admin.placed;
    this.cluster.runUntil(placed, 3_000);
    this.cluster.active?.step({ type: 'switchoverRequested', to });
  }

  /** Gives the place back by hand, and nothing else. */
  failback(to: Server): void {
    this.line('admin', `gives the place back to SRV-${to}`);
    this.cluster.active?.step({ type: 'switchoverRequested', to });
  }

  install(grant: Partial<LicenseGrant>, at: string = this.active()): void {
    const licenses = [makeVerified({ redundancy: 'pool', ttlSeconds: 9, ...grant })];
    const answer = this.ask(at, {
      type: 'licensesImported',
      licenses,
      fileName: 'licence.json',
      dryRun: false,
    });
    this.line('admin', `installs ${licenses[0]?.grant.id ?? ''}: ${describeAnswer(answer)}`);
  }

  protected ask(server: string, request: Unnumbered): Answer | null {
    let got: Answer | null | undefined;
    this.cluster.request(server, request, (answer) => (got = answer));
    this.cluster.runUntil(() => got !== undefined, 5_000);
    return got ?? null;
  }

  protected member(server: string): Member {
    const member = this.cluster.members.get(server);
    if (!member) throw new Error(`there is no SRV-${server}`);
    return member;
  }

  active(): string {
    const { active } = this.cluster;
    if (!active) throw new Error('no server is active');
    return active.id;
  }

  serves(server: Server): boolean {
    const { state } = this.member(server);
    return state !== null && deriveReplicaView(state).serving;
  }

  /** It is about to serve, and asks the others for what they have. */
  unites(server: Server): boolean {
    return this.member(server).state?.role.type === 'gathering';
  }

  /** Voters that may still fail before nobody can serve, as a server sees it. */
  quorumMargin(server: Server): number | null {
    const { state } = this.member(server);
    return state && deriveReplicaView(state).quorumMargin;
  }

  synchronised(): string[] {
    const state = this.cluster.active?.state;
    return state ? deriveReplicaView(state).synchronised : [];
  }

  /** Serial of the version of "cad" that a server has in force. */
  serial(server: Server): number | undefined {
    const license = this.member(server).state?.ledger.licenses.get('lic-cad');
    return license?.versions.at(-1)?.grant.serial;
  }

  /** When the trial of a licence began, as a server knows it; ms since 1970. */
  trialBegan(server: Server, licenseId: string): number | undefined {
    return this.member(server).state?.ledger.licenses.get(licenseId)?.trialBeganMs;
  }

  overdraft(): number {
    return this.cluster.active?.state?.ledger.meta.overdraft?.units ?? 0;
  }

  show(): void {
    for (const { id, state, isUp } of this.cluster.members.values()) {
      if (!isUp) this.line(`SRV-${id}`, 'is down');
      if (!state) continue;
      const view = deriveReplicaView(state);
      const sync = view.synchronised.map((one) => `SRV-${one}`).join(', ');
      const here = `${view.here}${view.serving ? ', serving' : ''}`;
      const out = [...state.ledger.leases.values()].map(({ holder }) => holder.user).sort();
      const over = view.overdraft ? `; overdraft of ${view.overdraft.units}` : '';
      const known = `synchronised ${sync || 'nobody'}; seats ${out.join(', ') || 'none'}`;
      this.line(`SRV-${id}`, `is ${here}; ${known}${over}`);
    }
  }

  /** Nothing was violated, and the transcript is the one that was accepted. */
  check(name: string): void {
    expect(this.cluster.violations).toEqual([]);
    this.#transcript.check(name);
  }
}
