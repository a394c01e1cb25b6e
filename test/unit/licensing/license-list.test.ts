import { expect, it } from 'vitest';
import { applyRow, parseLicenseList } from '../../../src-main/node/licensing/license-list.ts';

function rowsOf(text: string) {
  const parsed = parseLicenseList(text);
  if (!parsed.ok) throw new Error(parsed.message);
  return parsed.rows;
}

it.each([
  ['commas', ','],
  ['semicolons', ';'],
  ['tabs', '\t'],
])(
  'reads cells between %s, quoted ones with dividers, quotes and line ends in them',
  (_, divider) => {
    const text = [
      ['file', 'customer', 'units', 'metadata.site'].join(divider),
      ['a.lic', `"Ann${divider} ""Inc""\r\nOslo"`, '5', ''].join(divider),
      '',
      ['b.lic', '', '', 'Rome'].join(divider),
    ].join('\r\n');
    expect(rowsOf(text)).toEqual([
      {
        number: 2,
        file: 'a.lic',
        request: undefined,
        fields: { customer: `Ann${divider} "Inc"\r\nOslo`, units: 5 },
      },
      { number: 3, file: 'b.lic', request: undefined, fields: { metadata: { site: 'Rome' } } },
    ]);
  },
);

it('changes what a row names in each licence of the template, and nothing else', () => {
  const [row] = rowsOf('file,units,borrow.maxDays,servers,expires\na,7,3,x y,none\n');
  if (!row) throw new Error('there is no row');
  const template = [{ feature: 'f', units: 1, borrow: { maxUnits: 2 } }, { feature: 'g' }];
  expect(applyRow(template, row)).toEqual([
    {
      feature: 'f',
      units: 7,
      borrow: { maxUnits: 2, maxDays: 3 },
      servers: ['x', 'y'],
      expires: null,
    },
    { feature: 'g', units: 7, borrow: { maxDays: 3 }, servers: ['x', 'y'], expires: null },
  ]);
});

it.each([
  ['', 'no rows'],
  ['file,units\n', 'no rows'],
  ['file,unit\na,1\n', 'no column "unit"'],
  ['file,revoked\na,1\n', 'no column "revoked"'],
  ['file,units,units\na,1,2\n', 'twice'],
  ['units\n1\n', 'column "file"'],
  ['file,units\na\n', 'Row 2 has 1 cells under 2 columns'],
  ['file,units\na,many\n', 'Row 2: units is "many"'],
  ['file,units\n../a,1\n', 'Row 2: file is "../a"'],
  ['file,units\n,1\n', 'Row 2: file is ""'],
  ['file,units\na,1\nA,2\n', 'Rows 2 and 3'],
  ['file,customer\na,"Ann\n', 'not closed'],
])('refuses %j', (text, why) => {
  const parsed = parseLicenseList(text);
  expect(parsed).toMatchObject({ ok: false, code: 'LIST_MALFORMED' });
  expect('message' in parsed && parsed.message).toContain(why);
});
