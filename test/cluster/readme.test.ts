import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { skipFor } from '../support/skip.ts';
import { makeNamedHosts, type NamedHost, readReadmeCommands } from './readme-typist.ts';
import { missingNetwork } from './site-servers.ts';

/** Commands that go on until they are stopped, and what they print when the next can be typed. */
const servers = [/^npm start$/, /^node scripts\/cli\.mjs serve /];

const noHosts = existsSync('/etc/hosts') ? null : 'there is no /etc/hosts to name the hosts in';

describe('the README', skipFor(missingNetwork ?? noHosts), () => {
  it('ends, typed from top to bottom on hosts of these names, in a failover that is ready', async () => {
    const hosts = makeNamedHosts(['licences-1', 'licences-2', 'licences-3']);
    const names = Object.keys(hosts) as (keyof typeof hosts)[];
    let at: NamedHost = hosts['licences-1'];
    let code = '';
    const statuses: string[] = [];
    for (const { text, comment } of readReadmeCommands()) {
      // This test is a part of it.
      if (text === 'npm test') continue;
      const named = names.find((name) => comment.includes(`on ${name}`));
      if (named !== undefined) at = hosts[named];
      const typed = at.type(text.replace('CODE', code));
      if (servers.some((pattern) => pattern.test(text))) {
        await typed.says('ready {');
        continue;
      }
      expect({ text, status: await typed.closed(), output: typed.output }).toEqual({
        text,
        status: 0,
        output: typed.output,
      });
      code = /\b\w{5}(?:-\w{5}){3}\b/.exec(typed.output)?.[0] ?? code;
      if (/ status( |$)/.test(text)) statuses.push(typed.output);
      if (text.startsWith('curl')) expect(typed.output).toContain('"status"');
    }
    expect(statuses).toHaveLength(2);
    expect(statuses[0]).toContain('Failover: ready');
  });

  it('and the other documents never lead to a package of the same name in the registry', () => {
    const documents = ['README.md', 'CONTRIBUTING.md', 'docs/command-line.md', 'docs/client.md'];
    for (const document of [...documents, 'docs/licence-file.md', 'docs/pairing.md']) {
      const text = readFileSync(
        fileURLToPath(new URL(`../../${document}`, import.meta.url)),
        'utf8',
      );
      expect(text.match(/\b(npx|npm (exec|install|i)|npm x) +(--\S+ +)*understudy\b/g)).toBeNull();
    }
  });
});
