import type { IpcAnswer } from '../../../src-shared/contract/ipc.ts';
import type { RelationshipCheck } from '../../../src-shared/model/relationship.ts';
import { formatCount } from '../../base/format.ts';

/** What a check found, in sentences; `coverage` is empty where nothing is known of it. */
export interface CheckWords {
  /** That nothing hinders; null: something is missing. */
  good: string | null;
  coverage: string;
}

/** A server whose admin has not agreed yet tells nothing of its licences. */
export function describeCheck({ missing, warnings, licenses }: RelationshipCheck): CheckWords {
  const isAsked = warnings.some(({ code }) => code === 'CONSENT_NEEDED');
  const isReady = missing.length === 0;
  return {
    good: isReady ? (isAsked ? 'Nothing is missing here.' : 'Nothing is missing.') : null,
    coverage: describeCoverage(licenses, isReady, isAsked),
  };
}

function describeCoverage(
  licenses: RelationshipCheck['licenses'],
  isReady: boolean,
  isAsked: boolean,
): string {
  const covered = licenses.filter((license) => license.covered).length;
  if (licenses.length > 0) {
    const known = isAsked ? ', as far as is known here' : '';
    const rest = covered < licenses.length ? '; not these:' : '.';
    return `${covered} of ${formatCount(licenses.length, 'licence')} would be covered${known}${rest}`;
  }
  if (isAsked) return 'Which licences are covered is known when they have agreed.';
  return isReady ? 'The server that is protected has no licence yet.' : '';
}

/** An order that is no failure: it goes on when the admin of another server has agreed. */
export function isAwaitingConsent(answer: IpcAnswer<unknown> | null): boolean {
  return answer !== null && !answer.ok && answer.code === 'CONSENT_NEEDED';
}
