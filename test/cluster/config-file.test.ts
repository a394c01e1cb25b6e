import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { callAdmin } from '../support/json-request.ts';
import { startServe } from '../support/node.ts';
import { makeTemporaryDirectory } from '../support/temporary-directory.ts';

const listen = ['--listen', '127.0.0.1:0'];

it('a file that is wrong keeps a new server from starting, and no server that has run', async () => {
  const folder = makeTemporaryDirectory();
  const dataDirectory = join(folder, 'data');
  const file = join(folder, 'server.json');
  const args = [...listen, '--config', file];
  const write = (config: object) => writeFileSync(file, JSON.stringify(config));
  const format = 'understudy-config/1';

  write({ format, settings: { usageKeptDays: 1 } });
  const first = startServe(dataDirectory, { args });
  expect(await first.exited()).toBe(1);
  expect(first.stderr).toContain('settings.usageKeptDays: must be 30 or more (is 1)');
  expect(existsSync(dataDirectory)).toBe(false);

  write({ format, settings: { usageKeptDays: 400 } });
  const second = startServe(dataDirectory, { args });
  await second.ready();
  expect(await second.stop()).toBe(0);

  write({ format, settings: { usageKeptDays: 1 } });
  const third = startServe(dataDirectory, { args });
  await third.ready();
  const answer = await callAdmin(dataDirectory, 'snapshot', {});
  expect(answer).toMatchObject({ ok: true, value: { settings: { usageKeptDays: 400 } } });
  expect(answer.ok ? answer.value.events : []).toContainEqual(
    expect.objectContaining({ kind: 'configRefused', severity: 'error' }),
  );
  expect(third.stderr).toContain('This server goes on with the settings that it has.');
});
