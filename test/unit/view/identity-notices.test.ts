import { expect, test } from 'vitest';
import { describeOwnCopy, describeStandingAside } from '../../../src-shared/view/describe-copy.ts';
import { deriveIdentityNotices } from '../../../src-shared/view/identity-notices.ts';
import { makeLedger, makeNode, makeServerRow } from '../../support/snapshot-builders.ts';

test('where a button does it, no command is named, and elsewhere one is', () => {
  const [own] = deriveIdentityNotices(makeNode({ copyAt: '10.0.0.9:7470', standsAside: true }));
  expect(own).toMatchObject({ title: 'Two servers have one identity', ofThisServer: true });
  expect(own?.text).toContain('The server at 10.0.0.9:7470 has the same identity as this one');
  expect(own?.text).toContain('This server serves nothing');
  expect(own?.text).not.toContain('understudy');
  expect(describeOwnCopy('10.0.0.9:7470')).toMatch(/own: understudy identity renew$/);
  expect(describeStandingAside()).toContain('(understudy identity renew)');
});

test('that what this server has is kept is promised only where no majority decides without it', () => {
  const node = makeNode();
  const servers = [makeServerRow({ putBackAt: node.at })];
  const textBy = (rule: 'continuity' | 'majority') =>
    deriveIdentityNotices({ ...node, servers, ledgers: [makeLedger({ rule })] })[0]?.text;
  expect(textBy('continuity')).toContain('What this server has is kept');
  expect(textBy('majority')).toContain('what only this server has is dropped if so many others');
  expect(textBy('majority')).not.toContain('is kept');
});
