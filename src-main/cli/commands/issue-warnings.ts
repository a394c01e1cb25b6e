import type { LicenseGrant } from '../../../src-shared/model/license.ts';

/** What the vendor may not have meant. */
export function describeWarnings(grants: LicenseGrant[]): string[] {
  const nowMs = Date.now();
  const ended = grants.flatMap(({ id, expires }) =>
    expires !== null && Date.parse(expires) <= nowMs
      ? [`Warning: ${id} ended on ${expires}, in the past: every server refuses it.`]
      : [],
  );
  const unbound = grants
    .filter(({ servers }) => servers.length === 0)
    .map(
      ({ id }) =>
        `Warning: ${id} names no servers, so it protects nothing: any server can serve a copy of ` +
        'it, and an application that asks for a proof refuses its seats. Name the ids of the ' +
        'customer\'s servers in "servers".',
    );
  return [...ended, ...unbound];
}
