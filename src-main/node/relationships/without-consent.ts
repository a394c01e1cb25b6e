import { type Refusal, refuse } from '../../../src-shared/contract/admin-error.ts';
import type { Consents, ConsentWish } from '../peers/pairing/consents.ts';
import type { Candidates } from './candidates.ts';

interface Parties {
  candidates: Candidates;
  consents: Pick<Consents, 'allows' | 'ask'>;
}

/**
 * What another server wants is noted as a request when no admin here has agreed to it, and refused
 * until one has; undefined: it was agreed to.
 */
export async function refuseWithoutConsent(
  { candidates, consents }: Parties,
  from: string,
  wish: ConsentWish,
): Promise<Refusal | undefined> {
  if (consents.allows(from, wish)) return undefined;
  const [here, there] = [candidates.nameOf(candidates.ownId), candidates.nameOf(from)];
  const isWaiting = await consents.ask(from, wish);
  if (!isWaiting) {
    return refuse(
      'CONSENT_REFUSED',
      `An admin of ${here} has refused the relationship with ${there}. Dissolve it, and agree with that admin first.`,
    );
  }
  return refuse(
    'CONSENT_NEEDED',
    `An admin of ${here} has to agree, and was asked. It goes on when that admin has accepted, in the ` +
      `tab Failover there or by: understudy relationship accept ${there}`,
  );
}
