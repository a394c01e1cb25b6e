import { expect, it } from 'vitest';
import { wideAccounts } from '../../../src-main/node/base/windows-access.ts';

it.each([
  ['what the installer sets', 'D:PAI(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;FA;;;S-1-5-80-1)', []],
  [
    'a folder in ProgramData',
    'server-key.pem\r\nD:AI(A;ID;FA;;;SY)(A;ID;FA;;;BA)(A;ID;0x1200a9;;;BU)\r\n',
    ['BU'],
  ],
  ['everybody, beside a refusal', 'D:(D;;FA;;;BG)(A;;FR;;;WD)', ['WD']],
  ['what is only handed down', 'D:(A;OICIIO;GA;;;AU)(A;;FA;;;BA)', []],
  ['an audit list after it', 'D:(A;;FA;;;BA)S:(AU;SAFA;FA;;;WD)', []],
  ['nothing', '', []],
])('sees whom an access list lets in: %s', (_what, sddl, accounts) => {
  expect(wideAccounts(sddl)).toEqual(accounts);
});
