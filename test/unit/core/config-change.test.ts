import { describe, expect, it } from 'vitest';
import { type LedgerConfig, soloConfig } from '../../../src-shared/model/ledger-config.ts';
import { refuseConfig } from '../../../src-main/node/core/ledger/config-change.ts';
import { deriveCoverage } from '../../../src-main/node/core/ledger/coverage.ts';
import { deriveReplicaView } from '../../../src-main/node/core/replica/replica-view.ts';
import { CoreHost, makeGrant, serverId, startMs } from '../../support/core-host.ts';

const solo = soloConfig('a');

function after(
  before: LedgerConfig,
  membership: Partial<LedgerConfig['membership']>,
  change: Partial<LedgerConfig> = {},
): LedgerConfig {
  return {
    ...before,
    version: before.version + 1,
    membership: { ...before.membership, ...membership },
    ...change,
  };
}

describe('a step of the configuration', () => {
  it('lets one server come or go', () => {
    const two = after(solo, { members: ['a', 'b'] });
    expect(refuseConfig(solo, two, 'a')).toBeNull();
    expect(refuseConfig(two, after(two, { members: ['a'] }), 'a')).toBeNull();
    expect(refuseConfig(two, after(two, { members: ['b', 'a'] }), 'a')).toBeNull();
  });

  it('does not let two come at once, nor one in the place of another', () => {
    const two = after(solo, { members: ['a', 'b'] });
    const three = after(solo, { members: ['a', 'b', 'c'] });
    expect(refuseConfig(solo, three, 'a')).toMatchObject({ code: 'BAD_REQUEST' });
    const other = after(two, { members: ['a', 'c'] });
    expect(refuseConfig(two, other, 'a')).toMatchObject({ code: 'BAD_REQUEST' });
  });

  it('changes the rule only while one server is a member', () => {
    expect(refuseConfig(solo, after(solo, { rule: 'majority' }), 'a')).toBeNull();
    const two = after(solo, { members: ['a', 'b'] });
    expect(refuseConfig(two, after(two, { rule: 'majority' }), 'a')).toMatchObject({
      message: 'The rule can be changed only while one server is a member.',
    });
  });

  it('does not take out the server that serves', () => {
    const two = after(solo, { members: ['a', 'b'] });
    expect(refuseConfig(two, after(two, { members: ['a'] }), 'b')).toMatchObject({
      message: 'The server that serves now cannot be taken out. Switch over to another one first.',
    });
  });

  it('needs the next version, and a member to be placed at', () => {
    expect(refuseConfig(solo, solo, 'a')).toMatchObject({ code: 'RELATIONSHIP_BUSY' });
    const placed = after(solo, {}, { placed: 'b' });
    expect(refuseConfig(solo, placed, 'a')).toMatchObject({ code: 'BAD_REQUEST' });
  });

  it('is on the disk and on the timeline when it is answered', () => {
    const host = new CoreHost();
    const config = after(host.state.config, { members: [serverId, 'b'] });
    const message = 'A relationship was made.';
    const kind = 'relationshipCreated';
    const reply = host.answer({ type: 'configRequested', config, message, kind });
    expect(reply).toEqual({ type: 'configChanged', config });
    expect(host.disk.config).toEqual(config);
    expect(host.eventKinds()).toContain('relationshipCreated');
    const again = after(config, { members: [serverId] });
    host.answer({ type: 'configRequested', config: again, message, kind });
    expect(host.state.config.version).toBe(2);
  });

  it('does not make the rule majority with more out than the licences have', () => {
    const host = new CoreHost();
    const config = after(host.state.config, { rule: 'majority' });
    const message = 'The rule is another one.';
    const asked = {
      type: 'configRequested',
      config,
      message,
      kind: 'relationshipChanged',
    } as const;
    host.state.meta.overdraft = { units: 1, sinceMs: startMs };
    const refusal = { type: 'adminRefused', code: 'RELATIONSHIP_BUSY' };
    expect(host.answer(asked)).toMatchObject(refusal);
    host.state.meta.overdraft = null;
    expect(host.answer(asked)).toEqual({ type: 'configChanged', config });
  });
});

describe('the coverage of a licence', () => {
  const pair = after(solo, { members: ['a', 'b'] });
  const license = (redundancy: 'none' | 'backup' | 'triad' | 'pool', servers: string[] = []) => ({
    id: 'l',
    versions: [
      {
        revision: 1,
        grant: makeGrant({ redundancy, servers }),
        signedText: '',
        vendorKeyId: 'v',
        installedAtMs: 0,
      },
    ],
    expiryToldDays: null,
  });

  it('is always given at the primary', () => {
    expect(deriveCoverage(pair, license('none'), 'a')).toEqual({ covered: true });
  });

  it('needs redundancy of the kind, and the server among those named', () => {
    expect(deriveCoverage(pair, license('none'), 'b')).toMatchObject({
      reason: { code: 'NOT_ENTITLED' },
    });
    expect(deriveCoverage(pair, license('backup'), 'b')).toEqual({ covered: true });
    expect(deriveCoverage(pair, license('pool'), 'b')).toEqual({ covered: true });
    expect(deriveCoverage(pair, license('pool', ['a']), 'b')).toMatchObject({
      reason: { code: 'SERVER_NOT_NAMED' },
    });
  });

  it('binds a server that took the place of the first primary by the names that there are', () => {
    const moved = { ...pair, membership: { ...pair.membership, members: ['b', 'a'] }, home: 'a' };
    expect(deriveCoverage(moved, license('none'), 'b')).toEqual({ covered: true });
    expect(deriveCoverage(moved, license('none', ['b']), 'b')).toEqual({ covered: true });
    expect(deriveCoverage(moved, license('pool', ['a']), 'b')).toMatchObject({
      reason: { code: 'SERVER_NOT_NAMED' },
    });
    expect(deriveCoverage(moved, license('none'), 'a')).toMatchObject({
      reason: { code: 'NOT_ENTITLED' },
    });
    const back = { ...moved, membership: pair.membership };
    expect(deriveCoverage(back, license('none', ['x']), 'a')).toEqual({ covered: true });
  });

  it('of a pair does not reach to a pool', () => {
    const pool = after(
      pair,
      {},
      {
        relationship: {
          id: '00000000-0000-4000-8000-000000000000',
          kind: 'pool',
          policy: 'available',
          mutual: false,
          members: ['a', 'b'],
          goal: null,
        },
      },
    );
    expect(deriveCoverage(pool, license('backup'), 'b')).toMatchObject({
      reason: { message: 'The vendor grants redundancy for backup pairs only.' },
    });
  });
});

describe('the view of a server alone', () => {
  it('says that it serves, and until its disk fails that it is ready', () => {
    const host = new CoreHost();
    expect(deriveReplicaView(host.replica)).toMatchObject({
      here: 'active',
      serving: true,
      synchronised: [serverId],
      members: [],
      electing: false,
      quorumMargin: null,
    });
  });
});
