import type { z } from 'zod';

type Issue = z.core.$ZodIssue;

const issuesShownMax = 3;
const quotedCharsMax = 60;

/**
 * What is wrong with `value`, in one line, each finding with its path:
 * `units: must be 1 or more (is 0); borrow.maxDays: is missing`.
 */
export function describeIssues(error: z.ZodError, value: unknown): string {
  const shown = error.issues.slice(0, issuesShownMax).map((issue) => describeIssue(issue, value));
  const more = error.issues.length - shown.length;
  return shown.join('; ') + (more > 0 ? `; and ${more} more` : '');
}

function describeIssue(issue: Issue, root: unknown): string {
  const path = formatPath(issue.path);
  const found = valueAt(root, issue.path);
  const prefix = path === '' ? '' : `${path}: `;
  if (issue.code === 'unrecognized_keys') {
    const fields = issue.keys.slice(0, issuesShownMax).map(quote).join(', ');
    return `${prefix}has no field ${fields}`;
  }
  if (found === undefined && path !== '') return `${prefix}is missing`;
  return `${prefix}${rule(issue)} (is ${quote(found)})`;
}

function rule(issue: Issue): string {
  switch (issue.code) {
    case 'invalid_type':
      return `must be ${issue.expected === 'int' ? 'a whole number' : `of type ${issue.expected}`}`;
    case 'too_small':
      return issue.origin === 'string'
        ? 'must not be empty'
        : `must be ${String(issue.minimum)} or more`;
    case 'too_big':
      return issue.origin === 'string' || issue.origin === 'array'
        ? `must not be longer than ${String(issue.maximum)}`
        : `must be ${String(issue.maximum)} or less`;
    case 'invalid_value':
      return `must be ${issue.values.map((value) => quote(value)).join(' or ')}`;
    case 'invalid_format':
      return issue.format === 'datetime'
        ? 'must be an instant such as 2027-01-31T00:00:00Z'
        : issue.message;
    case 'custom':
    case 'invalid_element':
    case 'invalid_key':
    case 'invalid_union':
    case 'not_multiple_of':
    case 'unrecognized_keys':
      return issue.message;
  }
}

function formatPath(path: readonly PropertyKey[]): string {
  return path.reduce<string>(
    (text, part) =>
      typeof part === 'number' ? `${text}[${part}]` : `${text}${text ? '.' : ''}${String(part)}`,
    '',
  );
}

function valueAt(root: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, part) =>
      typeof value === 'object' && value !== null ? Reflect.get(value, part) : undefined,
    root,
  );
}

/** A value of a foreign file, short enough and with nothing in it that does not show. */
export function quote(value: unknown): string {
  const text = JSON.stringify(value) as string | undefined;
  if (text === undefined) return 'nothing';
  const shown = [...text.slice(0, 2 * quotedCharsMax)].slice(0, quotedCharsMax).join('');
  const visible = shown.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
  return shown === text ? visible : `${visible}…`;
}
