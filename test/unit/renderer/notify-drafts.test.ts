import { expect, it } from 'vitest';
import { draftOf, isKept, parseDraft } from '../../../src-renderer/tabs/settings/notify-drafts.ts';
import type { NotifyStatus } from '../../../src-shared/model/notify.ts';

const nobody: NotifyStatus = { webhook: null, email: null, program: null };
const delivery = { waiting: 0, lost: 0, lastAt: null, problem: null };

const mailed: NotifyStatus = {
  ...nobody,
  email: {
    ...{ host: 'mail', port: 465, security: 'tls', user: 'u', from: 'a@b.de' },
    ...{ to: ['a@b.de', 'c@d.de'], topics: ['seats'], hasPassword: true, delivery },
  },
};

it('an e-mail that is set up is edited as it is, without its password, which stays', () => {
  const draft = draftOf('email', mailed);
  expect(draft.texts).toMatchObject({ port: '465', to: 'a@b.de\nc@d.de', password: '' });
  expect(isKept('password', 'email', mailed)).toBe(true);
  const { change, problems } = parseDraft('email', draft, mailed);
  expect(problems).toEqual({});
  expect(change?.email).toMatchObject({ port: 465, to: ['a@b.de', 'c@d.de'], topics: ['seats'] });
  expect(change?.email).not.toHaveProperty('password');
});

it('says at each field what is wrong with it', () => {
  const webhook = draftOf('webhook', nobody);
  expect(parseDraft('webhook', webhook, nobody)).toEqual({
    change: undefined,
    problems: { url: 'Type an address that begins with https:// or http://.' },
  });
  const texts = { host: 'm', port: 'x', security: 'tls', from: 'nobody', to: '', user: '' };
  const email = parseDraft('email', { texts, topics: [] }, nobody);
  expect(Object.keys(email.problems).toSorted()).toEqual(['from', 'port', 'to']);
  expect(email.problems['from']).toBe('It must be an e-mail address.');
  const program = { texts: { path: 'page-me', args: 'a\n\n b ' }, topics: [] };
  expect(parseDraft('program', program, nobody).problems).toEqual({
    path: 'It must be an absolute path.',
  });
  const right = { ...program, texts: { ...program.texts, path: '/bin/page-me' } };
  expect(parseDraft('program', right, nobody).change?.program).toMatchObject({ args: ['a', 'b'] });
});
