import type { LicenseDetail, LicenseValidity } from '../../../src-shared/model/license.ts';
import { validityWords } from '../../../src-shared/view/validity-words.ts';
import { servedState } from './describe-license.ts';

/** Which licences are shown; each part narrows what the others leave. */
export interface LicenseFilter {
  /** Part of a feature, product, vendor or id; case does not matter. */
  search: string;
  state: keyof typeof stateFilters;
  /** The id of the server that serves it; `all`, or `nobody`. */
  server: string;
  failover: keyof typeof failoverFilters;
}

export const noFilter: LicenseFilter = { search: '', state: 'all', server: 'all', failover: 'all' };

interface LicenseChoice {
  label: string;
  holds: (license: LicenseDetail) => boolean;
}

export const stateFilters = {
  all: { label: 'Any state', holds: () => true },
  notValid: { label: 'All but valid', holds: ({ validity }) => validity !== 'valid' },
  full: { label: 'All seats in use', holds: ({ inUse, units }) => inUse >= units },
  valid: ofValidity('valid'),
  expiring: ofValidity('expiring'),
  expired: ofValidity('expired'),
  notStarted: ofValidity('notStarted'),
  revoked: ofValidity('revoked'),
  damaged: ofValidity('damaged'),
  demo: { label: 'Demo', holds: ({ demo }) => demo },
} satisfies Record<string, LicenseChoice>;

export const failoverFilters = {
  all: { label: 'Any failover', holds: () => true },
  configured: { label: 'Failover configured', holds: ({ failover }) => failover.configured },
  notConfigured: { label: 'Not configured', holds: ({ failover }) => !failover.configured },
  failedOver: {
    label: 'Served by a failover server',
    holds: ({ servedBy }) => servedState(servedBy) === 'failover',
  },
} satisfies Record<string, LicenseChoice>;

function ofValidity(wanted: LicenseValidity): LicenseChoice {
  return { label: validityWords[wanted], holds: ({ validity }) => validity === wanted };
}

export function filterLicenses(
  licenses: readonly LicenseDetail[],
  filter: LicenseFilter,
): LicenseDetail[] {
  const wanted = filter.search.trim().toLowerCase();
  const { holds: hasState } = stateFilters[filter.state];
  const { holds: hasFailover } = failoverFilters[filter.failover];
  return licenses.filter(
    (license) =>
      [license.feature, license.product, license.vendor, license.id].some((text) =>
        text.toLowerCase().includes(wanted),
      ) &&
      hasState(license) &&
      hasFailover(license) &&
      isServedBy(license, filter.server),
  );
}

function isServedBy({ servedBy }: LicenseDetail, server: string): boolean {
  if (server === 'all') return true;
  return server === 'nobody' ? servedBy === null : servedBy?.id === server;
}

/** The servers that serve a licence now, by name. */
export function listServing(licenses: readonly LicenseDetail[]): { id: string; name: string }[] {
  const names = new Map<string, string>();
  for (const { servedBy } of licenses) if (servedBy) names.set(servedBy.id, servedBy.name);
  return [...names].map(([id, name]) => ({ id, name }));
}
