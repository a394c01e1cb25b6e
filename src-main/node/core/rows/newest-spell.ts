import { compareSpells } from './compare-rows.ts';
import type { RowSet } from './row-set.ts';
import type { SpellRow } from './row.ts';

/** The last spell of leadership that is known here. */
export function newestSpell({ rows }: { rows: RowSet | null }): SpellRow | null {
  let newest: SpellRow | null = null;
  for (const spell of rows?.spell.values() ?? []) {
    if (!newest || compareSpells(spell.id, newest.id) > 0) newest = spell;
  }
  return newest;
}
