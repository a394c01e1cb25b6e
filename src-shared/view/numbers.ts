import { countOf, type CountOf } from './count-of.ts';

/** How a surface writes numbers. */
export interface Numbers {
  count: CountOf;
  /** One digit after the point at most. */
  decimal: (value: number) => string;
}

/** Numbers as a terminal and a notification show them: the same everywhere. */
export const plainNumbers: Numbers = {
  count: countOf,
  decimal: (value) => String(Math.round(value * 10) / 10),
};
