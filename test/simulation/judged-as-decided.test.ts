import { describe, expect, it } from 'vitest';
import type { ProblemCode } from '../../src-shared/contract/problem.ts';
import type { Lease } from '../../src-shared/model/lease.ts';
import { Agenda } from './agenda.ts';
import { Client, type ClientPorts } from './client.ts';
import { createCoverage } from './coverage.ts';
import type { Answer } from './member.ts';
import { Random } from './random.ts';

const lease: Lease = {
  id: 'lease-1',
  licenseId: 'lic-cad',
  product: 'Suite',
  feature: 'cad',
  units: 1,
  holder: { instance: 'c0', user: 'c0', host: 'h' },
  grantedAtMs: 0,
  borrowUntilMs: null,
};
const terms = { lease, term: 1, ttlSeconds: 9, endsAtMs: 9_000 };
const granted: Answer = { type: 'leaseGranted', created: true, terms };

/** What a client does once it has its seat. */
type Way = 'asks anew' | 'renews';

/** Of what a client does by chance, it does this alone. */
class Always extends Random {
  readonly #way: Way;

  constructor(way: Way) {
    super(1);
    this.#way = way;
  }

  override chance(probability: number): boolean {
    return this.#way === 'asks anew' && probability === 0.1;
  }
}

/** What is so each time that the server looks at the second request, and then when its answer is there. */
interface Course {
  looks: boolean[];
  answer: boolean;
}

/** A client gets a seat, and is refused it by the next answer. `by`: the port that says what is so. */
function violationsOf(
  way: Way,
  code: ProblemCode,
  by: 'isKnownAsTold' | 'lossIsExcused',
  { looks, answer }: Course,
): string[] {
  const violations: string[] = [];
  const agenda = new Agenda();
  let isSo = false;
  let requestCount = 0;
  const ports: ClientPorts = {
    agenda,
    random: new Always(way),
    servers: ['A'],
    numbered: false,
    request: (server, _request, answered, { decides }) => {
      if (++requestCount > 2) return;
      for (isSo of requestCount === 2 ? looks : []) decides?.();
      isSo = answer;
      answered(requestCount === 1 ? granted : { type: 'refused', code, detail: '' }, server);
    },
    coverage: createCoverage(),
    newLeaseId: () => 'lease-1',
    violated: (what) => violations.push(what),
    told: () => undefined,
    ended: () => undefined,
    lossIsExcused: () => false,
    isKnownAsTold: () => false,
    bootOf: () => 'boot1',
    returnIsExcused: () => false,
    [by]: () => isSo,
  };
  new Client('c0', 'ordinary', ports);
  while (agenda.runNext(60_000) && requestCount < 3);
  expect(requestCount).toBe(3);
  return violations;
}

describe('a client of the simulation that is refused the seat that it holds', () => {
  const violations = (course: Course) =>
    violationsOf('asks anew', 'LS_INSUFFICIENTUNITS', 'isKnownAsTold', course);
  const refused = ['5: c0 holds lease-1 and was refused it'];

  it('says so when the server knew of it as it decided', () => {
    expect(violations({ looks: [true], answer: true })).toEqual(refused);
  });

  it('says so when the server heard of it while it held the request back', () => {
    expect(violations({ looks: [false, true], answer: true })).toEqual(refused);
  });

  it('says nothing of what the server heard after it had decided', () => {
    expect(violations({ looks: [false], answer: true })).toEqual([]);
  });

  it('says nothing of a seat that is over when the answer comes', () => {
    expect(violations({ looks: [true], answer: false })).toEqual([]);
  });
});

describe('a client of the simulation whose seat is not known when it renews it', () => {
  const violations = (course: Course) =>
    violationsOf('renews', 'LS_NO_SUCH_LEASE', 'lossIsExcused', course);
  const lost = ['5: c0 lost lease-1, renewed in time'];

  it('says so although an excuse came after the server had decided', () => {
    expect(violations({ looks: [false], answer: true })).toEqual(lost);
  });

  it('says nothing when the server had an excuse as it decided', () => {
    expect(violations({ looks: [true], answer: false })).toEqual([]);
  });
});
