import type { Page } from '@playwright/test';
import axe from 'axe-core';
import type { Finding } from './accessibility.ts';

/** The standards that the window keeps to, and what is held to be good practice. */
const standards = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

interface AxeGlobal {
  axe: typeof axe;
}

/** What axe finds wrong with what is shown now; in forced colours the system sees to the contrast. */
export async function findByAxe(
  page: Page,
  { forcedColours = false }: { forcedColours?: boolean } = {},
): Promise<Finding[]> {
  const loaded = await page.evaluate(() => 'axe' in globalThis);
  if (!loaded) await page.evaluate(axe.source);
  return page.evaluate(
    async ([tags, contrast]) => {
      const finite = document.getAnimations().filter(({ effect }) => {
        return effect?.getComputedTiming().iterations !== Infinity;
      });
      await Promise.allSettled(finite.map(({ finished }) => finished));
      // Fluent marks the ends of a focus trap with elements that only the focus passes through.
      const shown = { include: [['body']], exclude: [['[data-tabster-dummy]']] };
      const menu = document.querySelector('[role=menu]') !== null;
      const { violations } = await (globalThis as unknown as AxeGlobal).axe.run(shown, {
        resultTypes: ['violations'],
        runOnly: { type: 'tag', values: [...tags] },
        // A menu stands beside all landmarks, for as long as it is open.
        rules: { 'color-contrast': { enabled: contrast }, region: { enabled: !menu } },
      });
      return violations.flatMap(({ id, nodes }) =>
        nodes.map(({ html, failureSummary = '' }) => {
          const why = failureSummary.split('\n').slice(1, 3).join(' ').trim();
          return `${id}: ${why} ${html.slice(0, 140)}`;
        }),
      );
    },
    [standards, !forcedColours] as const,
  );
}
