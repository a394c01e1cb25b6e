import { describeAllowed } from '../../../src-shared/view/describe-consent.ts';
import { type AdminAnswer, refuse } from '../../../src-shared/contract/admin-error.ts';
import type { AdminResult } from '../../../src-shared/contract/admin.ts';
import type { Actor } from '../../../src-shared/model/actor.ts';
import { type ConsentPart, consentParts, partsOf } from '../../../src-shared/model/consent.ts';
import type { Log } from '../base/log.ts';
import type { TimelineNote } from '../base/timeline-note.ts';
import type { Consents } from '../peers/pairing/consents.ts';
import type { PeerHandlers } from '../peers/peer-calls.ts';
import type { Partners } from '../peers/pairing/partners.ts';
import type { HostedReplica } from '../replicas/hosted-replica.ts';
import type { Replicas } from '../replicas/replicas.ts';
import type { Candidates } from './candidates.ts';
import type { OwnProtection } from './own-protection.ts';

export interface ConsentAnswersOptions {
  consents: Consents;
  candidates: Candidates;
  protection: Pick<OwnProtection, 'refuse' | 'begin'>;
  partners: Pick<Partners, 'has'>;
  replicas: Pick<Replicas, 'all'>;
  log: Pick<Log, 'warn'>;
  note: (note: TimelineNote) => void;
  admin: Actor;
}

function partsHadBy(id: string, replica: HostedReplica, ownId: string): ConsentPart[] {
  const { membership, relationship } = replica.view().config;
  if (!relationship?.members.includes(id)) return [];
  return partsOf(relationship.goal ?? membership, relationship, ownId);
}

type ConsentAnswer = AdminResult<'relationship.accept'>;

/** An admin's word on what another server may have of this one (docs/pairing.md, "Consent"). */
export class ConsentAnswers {
  readonly #options: ConsentAnswersOptions;

  constructor(options: ConsentAnswersOptions) {
    this.#options = options;
  }

  /** What stood before there was consent goes on (docs/pairing.md, "Consent"). */
  async start(): Promise<void> {
    const { consents, candidates, replicas, log } = this.#options;
    try {
      await consents.adopt((id) => [
        ...new Set(replicas.all().flatMap((replica) => partsHadBy(id, replica, candidates.ownId))),
      ]);
    } catch (error) {
      log.warn('What was agreed with other servers before could not be stored', error);
    }
  }

  handlers(): PeerHandlers<'relationship.withdraw'> {
    return {
      'relationship.withdraw': async (from, { relationship }) => {
        await this.#options.consents.withdraw(from, relationship);
        return { ok: true, value: {} };
      },
    };
  }

  /** `reference`: a request, by its id; or a paired server, which need not have asked. */
  async accept(reference: string): Promise<AdminAnswer<ConsentAnswer>> {
    const { consents, candidates, protection, note, admin: actor } = this.#options;
    const found = this.#find(reference);
    if (!found.ok) return found;
    const { id, asked } = found.value;
    const refusal = asked?.protects ? protection.refuse(id, asked.relationship) : undefined;
    if (refusal) return refusal;
    await (asked ? consents.accept(id, asked) : consents.give(id, consentParts));
    const message = asked
      ? `The relationship that ${candidates.nameOf(id)} asked for was accepted.`
      : describeAllowed(consentParts, 'this server', candidates.nameOf(id));
    note({ kind: 'consentChanged', severity: 'info', message, actor });
    const begun = asked?.protects ? await protection.begin(asked.relationship) : undefined;
    return begun && !begun.ok ? begun : this.#answer(id);
  }

  /** Refuses what a server asks for; of one that asks for nothing, takes back what it was let have. */
  async refuse(reference: string): Promise<AdminAnswer<ConsentAnswer>> {
    const { consents, candidates, note, admin: actor } = this.#options;
    const found = this.#find(reference);
    if (!found.ok) return found;
    const { id, asked } = found.value;
    const name = candidates.nameOf(id);
    if (!asked && consents.of(id).length === 0) {
      const message = `${name} asks for nothing, and may not set up a relationship with this server.`;
      return refuse('NO_SUCH_REQUEST', message);
    }
    await (asked ? consents.refuse(id) : consents.takeBack(id));
    const message = asked
      ? `The relationship that ${name} asked for was refused.`
      : `${name} may no longer set up a relationship with this server.`;
    note({ kind: 'consentChanged', severity: 'info', message, actor });
    return this.#answer(id);
  }

  #find(reference: string) {
    const { consents, candidates } = this.#options;
    const asker = consents.asker(reference);
    if (asker) return { ok: true, value: asker } as const;
    const found = candidates.find(reference);
    const isOther = found.ok && found.value.paired && found.value.id !== candidates.ownId;
    if (!found.ok || !isOther) {
      const message = `No request ${reference} waits here, and no server of that name is paired.`;
      return refuse('NO_SUCH_REQUEST', message);
    }
    const { id } = found.value;
    return { ok: true, value: { id, asked: consents.asker(id)?.asked } } as const;
  }

  #answer(id: string): AdminAnswer<ConsentAnswer> {
    const { consents, candidates, partners } = this.#options;
    const server = { id, name: candidates.nameOf(id) };
    const consent = [...consents.of(id)];
    return { ok: true, value: { server, consent, related: partners.has(id) } };
  }
}
