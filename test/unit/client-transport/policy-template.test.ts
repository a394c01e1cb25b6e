import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { policyOfRegistry } from '../../../src-main/client-transport/client-policy.ts';
import { clientPolicySchema } from '../../../src-shared/client/client-config.ts';
import { readXml, withDescendants, type XmlElement } from '../../support/read-xml.ts';

const read = (name: string) => readFileSync(join('assets/windows/policy', name), 'utf8');

interface Rule {
  /** The names of what is in it, each with a space behind it. */
  children?: RegExp;
  required?: readonly string[];
  optional?: readonly string[];
}

const ofElement = { required: ['id'], optional: ['valueName', 'key', 'required'] } as const;

/**
 * What Microsoft's schema of administrative templates (PolicyDefinitions.xsd, BaseTypes.xsd) asks of the
 * elements that these files have: which attributes, and what is in them in which order.
 */
const rules: Record<string, Rule> = {
  policyDefinitions: {
    children: /^policyNamespaces resources (supportedOn )?(categories )?(policies )?$/,
    required: ['revision', 'schemaVersion', 'xmlns'],
  },
  policyNamespaces: { children: /^target (using )*$/ },
  target: { required: ['prefix', 'namespace'] },
  supportedOn: { children: /^(definitions )?$/, optional: ['ref'] },
  definitions: { children: /^(definition )+$/ },
  definition: { required: ['name', 'displayName'] },
  categories: { children: /^(category )*$/ },
  category: { children: /^(parentCategory )?$/, required: ['name', 'displayName'] },
  parentCategory: { required: ['ref'] },
  policies: { children: /^(policy )*$/ },
  policy: {
    children: /^(parentCategory )?supportedOn (enabledValue )?(disabledValue )?(elements )?$/,
    required: ['name', 'class', 'displayName', 'key'],
    optional: ['explainText', 'presentation', 'valueName'],
  },
  enabledValue: { children: /^decimal $/ },
  disabledValue: { children: /^decimal $/ },
  elements: { children: /^((text|decimal) )+$/ },
  text: { ...ofElement, optional: [...ofElement.optional, 'maxLength'] },
  // Also a value, which has nothing else.
  decimal: { optional: ['id', 'value', ...ofElement.optional, 'minValue', 'maxValue'] },
  policyDefinitionResources: {
    children: /^displayName description resources $/,
    required: ['revision', 'schemaVersion', 'xmlns'],
  },
  displayName: {},
  description: {},
  // In the template it says which version of the words it takes.
  resources: {
    children: /^(stringTable )?(presentationTable )?$/,
    optional: ['minRequiredRevision'],
  },
  stringTable: { children: /^(string )+$/ },
  string: { required: ['id'] },
  presentationTable: { children: /^(presentation )+$/ },
  presentation: { children: /^((textBox|decimalTextBox) )*$/, required: ['id'] },
  textBox: { children: /^label (defaultValue )?$/, required: ['refId'] },
  label: {},
  decimalTextBox: { required: ['refId'], optional: ['defaultValue', 'spinStep'] },
};

/** Of letters, digits and underscores alone, as also what refers to it. */
const names = new Set(['name', 'id', 'refId', 'ref', 'prefix']);
const number = /^\d{1,10}$/;
const shapes: Record<string, RegExp> = {
  revision: /^\d{1,4}\.\d{1,5}$/,
  schemaVersion: /^1\.0$/,
  minRequiredRevision: /^\d{1,4}\.\d{1,5}$/,
  xmlns: /^http:\/\/schemas\.microsoft\.com\/GroupPolicy\/2006\/07\/PolicyDefinitions$/,
  class: /^(Machine|User|Both)$/,
  required: /^(true|false)$/,
  key: /^[^\\][^\0]*$/,
  explainText: /^\$\(string\.\w+\)$/,
  displayName: /^\$\(string\.\w+\)$/,
  presentation: /^\$\(presentation\.\w+\)$/,
  ...{ minValue: number, maxValue: number, maxLength: number, value: number },
  ...{ defaultValue: number, spinStep: number },
};

function faultsOf(root: XmlElement): string[] {
  return withDescendants(root).flatMap(({ name, attributes, children }) => {
    const rule = rules[name];
    if (!rule) return [`${name} is not known`];
    const { required = [], optional = [] } = rule;
    const inside = children.map((child) => `${child.name} `).join('');
    const lacking = required.filter((one) => !attributes.has(one));
    const wrong = [...attributes].filter(([attribute, value]) => {
      const shape = names.has(attribute) ? /^\w+$/ : (shapes[attribute] ?? /./);
      return ![...required, ...optional].includes(attribute) || !shape.test(value);
    });
    return [
      ...((rule.children ?? /^$/).test(inside) ? [] : [`${name} has ${inside}`]),
      ...lacking.map((attribute) => `${name} without ${attribute}`),
      ...wrong.map(([attribute, value]) => `${name} ${attribute}="${value}"`),
    ];
  });
}

const template = readXml(read('understudy.admx'));
const words = readXml(read('en-US/understudy.adml'));
const all = (root: XmlElement, ...wanted: string[]) =>
  withDescendants(root).filter(({ name }) => wanted.includes(name));
const valuesOf = (elements: XmlElement[], attribute: string) =>
  elements.flatMap(({ attributes }) => attributes.get(attribute) ?? []).toSorted();
const referred = (kind: 'string' | 'presentation') =>
  withDescendants(template)
    .flatMap(({ attributes }) => [...attributes.values()])
    .flatMap((value) => new RegExp(`^\\$\\(${kind}\\.(\\w+)\\)$`).exec(value)?.[1] ?? [])
    .toSorted();

describe('the template of Group Policy', () => {
  it('keeps to the schema of Microsoft, as do its words', () => {
    expect(faultsOf(template)).toEqual([]);
    expect(faultsOf(words)).toEqual([]);
  });

  it.each([
    ['<supportedOn ref="Supported" />', '', 'policy has parentCategory elements '],
    [' class="Machine"', '', 'policy without class'],
    ['class="Machine"', 'class="machine"', 'policy class="machine"'],
    ['id="Primary"', 'id="Pri-mary"', 'text id="Pri-mary"'],
    ['maxValue="60000"', 'maxValue="-1"', 'decimal maxValue="-1"'],
    ['revision="1.0" schemaVersion="1.0"', 'revision="1" schemaVersion="1.0"', 'revision="1"'],
  ])('is seen not to with %s become %j', (good, bad, fault) => {
    const text = read('understudy.admx');
    expect(text).toContain(good);
    const faults = faultsOf(readXml(text.replace(good, bad)));
    expect(faults).toContainEqual(expect.stringContaining(fault));
  });

  it('is not well-formed with an end that lacks', () => {
    const text = read('understudy.admx');
    expect(() => readXml(text.replace('</elements>', ''))).toThrow('</policy>');
    expect(() => readXml(text.replace('revision="1.0"', 'revision=1.0'))).toThrow('not XML');
  });

  it('has words for all that is in it, and for nothing else', () => {
    expect(referred('string')).not.toEqual([]);
    expect(valuesOf(all(words, 'string'), 'id')).toEqual([...new Set(referred('string'))]);
    expect(valuesOf(all(words, 'presentation'), 'id')).toEqual(referred('presentation'));
    const boxes = valuesOf(all(words, 'textBox', 'decimalTextBox'), 'refId');
    expect(boxes).toEqual(valuesOf(all(template, 'text', 'decimal'), 'id'));
  });

  it('shows a box of the right kind for each element of a policy, in its presentation', () => {
    const kinds = new Map([
      ['text', 'textBox'],
      ['decimal', 'decimalTextBox'],
    ]);
    for (const policy of all(template, 'policy')) {
      const elements = all(policy, 'text', 'decimal').filter(({ attributes }) =>
        attributes.has('id'),
      );
      const shown = policy.attributes.get('presentation')?.slice('$(presentation.'.length, -1);
      const presentation = all(words, 'presentation').find(
        ({ attributes }) => attributes.get('id') === shown,
      );
      const boxes = presentation?.children ?? [];
      expect(boxes.map((box) => [box.name, box.attributes.get('refId')])).toEqual(
        elements.map(({ name, attributes }) => [kinds.get(name), attributes.get('id')]),
      );
    }
  });

  it('names categories and systems that it has', () => {
    const categories = valuesOf(all(template, 'category'), 'name');
    for (const ref of valuesOf(all(template, 'parentCategory'), 'ref')) {
      expect(categories).toContain(ref);
    }
    const systems = valuesOf(all(template, 'definition'), 'name');
    const named = all(template, 'supportedOn').filter(({ attributes }) => attributes.has('ref'));
    for (const ref of valuesOf(named, 'ref')) expect(systems).toContain(ref);
  });

  it('writes where a client reads, and all that it reads', () => {
    const policies = all(template, 'policy');
    expect(new Set(valuesOf(policies, 'key'))).toEqual(
      new Set(['SOFTWARE\\Policies\\Understudy\\Client']),
    );
    const written = valuesOf(withDescendants(template), 'valueName');
    const fields = Object.keys(clientPolicySchema.shape).map((name) =>
      name.replace(/^./, (letter) => letter.toUpperCase()),
    );
    expect(written).toEqual(fields.toSorted());
  });

  it('writes texts that a client takes', () => {
    for (const name of valuesOf(all(template, 'text'), 'valueName')) {
      const field = name.toLowerCase();
      const text = field === 'fingerprints' ? 'a'.repeat(64) : 'lic-a:7470';
      expect(policyOfRegistry(new Map([[field, text]]))).toEqual({
        ok: true,
        policy: { [field]: [text] },
      });
    }
  });

  it('writes numbers with the bounds that a client has', () => {
    const numbers = all(template, 'decimal').filter(({ attributes }) => attributes.has('id'));
    expect(numbers).toHaveLength(2);
    for (const { attributes } of numbers) {
      const field = (attributes.get('valueName') ?? '').toLowerCase();
      const isTaken = (value: number) => policyOfRegistry(new Map([[field, value]])).ok;
      const [min = 0, max = 0] = ['minValue', 'maxValue'].map((one) => Number(attributes.get(one)));
      expect([min, max, max + 1].map(isTaken)).toEqual([true, true, false]);
    }
  });

  it('writes for what is on or off the numbers that a client takes for it', () => {
    const switches = all(template, 'policy').filter(({ attributes }) =>
      attributes.has('valueName'),
    );
    expect(valuesOf(switches, 'valueName')).toEqual(['Discover']);
    for (const { attributes, children } of switches) {
      const field = (attributes.get('valueName') ?? '').toLowerCase();
      const written = children.flatMap((child) => valuesOf(all(child, 'decimal'), 'value'));
      expect(written.map((value) => policyOfRegistry(new Map([[field, Number(value)]])))).toEqual([
        { ok: true, policy: { [field]: true } },
        { ok: true, policy: { [field]: false } },
      ]);
    }
  });
});
