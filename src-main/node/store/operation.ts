/**
 * Writes as one flat array of scalars, so that they cross to the worker cheaply: the name of an
 * operation and as many values as it takes, again and again.
 */
export type PackedWrites = (string | number | null)[];

/** Operations in `PackedWrites`, each with the values that follow it. JSON where it says doc. */
export const operation = {
  /** id: those that follow are of this ledger */
  ledger: 'ledger',
  /** id: like `ledger`, which is not hosted yet; the ones down to `putConfig` follow */
  create: 'create',
  /** doc: see `takenOutSchema` */
  drop: 'drop',
  /** number, member, boot or null */
  putTerm: 'term',
  /** index, number, member */
  putBase: 'base',
  /** index, number, member */
  putWitnessed: 'witnessed',
  /** doc */
  putSyncSet: 'syncSet',
  /** doc */
  putConfig: 'config',
  /** doc */
  putMeta: 'meta',
  /** id, doc */
  putLease: 'lease',
  /** id */
  dropLease: 'lease-',
  /** id, doc */
  putLicense: 'license',
  /** id */
  dropLicense: 'license-',
  /** id, doc */
  putVendor: 'vendor',
  /** id */
  dropVendor: 'vendor-',
  /** id, time of the end */
  putEnded: 'ended',

  // Under `continuity`.
  /** doc of the configuration, 1 if gaps stay: begins to keep rows, and what was kept as a log goes */
  beginRows: 'rows',
  /** kind, id, doc */
  putRow: 'row',
  /** kind, id */
  dropRow: 'row-',
  /** id, doc: the row of a spell; of each spell only the newest of a batch is written */
  putSpell: 'spell',

  // Changes of an entry: written to the tables and noted for the log.
  /** id, doc before or null, doc after or null */
  changeLease: 'lease*',
  /** id, doc before or null, doc after or null */
  changeLicense: 'license*',
  /** id, doc before or null, doc after or null */
  changeVendor: 'vendor*',
  /** doc before, doc after */
  changeMeta: 'meta*',
  /** doc before, doc after */
  changeConfig: 'config*',
  /** as `addUsage` */
  changeUsage: 'usage*',
  /** as `addEvent` */
  changeEvent: 'event*',
  /** index, number, member: ends the entry of the changes before */
  append: 'append',

  /**
   * spell, sequence, rank, lease or null, kind, license, product, feature, units, user, host,
   * started, ended, times, doc
   */
  addUsage: 'usage',
  /** sequence, at, severity, doc, spell */
  addEvent: 'event',
  /** server, sequence, at, severity, doc, null: of no ledger */
  addJournal: 'journal',
  /** sequence, in the time as a log */
  withdrawUsage: 'usage-',
  /** sequence, in the time as a log */
  withdrawEvent: 'event-',
  /** index of the last entry that stays */
  truncate: 'truncate',
  /** index of the last entry that goes */
  compact: 'compact',
  /**
   * usage and event sequences that stay: everything else makes room for an image, but for the
   * history of spells
   */
  clear: 'clear',
  /** kind, first, last, spell */
  addGap: 'gap',
} as const;

/** Number of values that `addUsage` takes. */
export const usageValueCount = 15;

/** Number of values that `addEvent` takes. */
export const eventValueCount = 5;
