import type { Page } from '@playwright/test';

/** A control without a name, or text without contrast: where, and what is wrong. */
export type Finding = string;

/** Controls that a screen reader could not name. */
export function findUnnamed(page: Page): Promise<Finding[]> {
  return page.evaluate(() => {
    const controls = document.querySelectorAll<HTMLElement>(
      'button, a[href], input, select, textarea, [role=tab], [role=grid], [role=meter]',
    );
    const nameOf = (element: HTMLElement): string => {
      const by = element.getAttribute('aria-labelledby')?.split(/\s+/) ?? [];
      const referenced = by.map((id) => document.getElementById(id)?.textContent ?? '').join(' ');
      const labels =
        element instanceof HTMLInputElement ||
        element instanceof HTMLSelectElement ||
        element instanceof HTMLTextAreaElement;
      const labelled = labels
        ? [...(element.labels ?? [])].map((l) => l.textContent).join(' ')
        : '';
      const own = element.matches('select, textarea') ? '' : (element.textContent ?? '');
      return (element.getAttribute('aria-label') ?? '') + referenced + labelled + own;
    };
    return [...controls]
      .filter((element) => element.checkVisibility() && nameOf(element).trim() === '')
      .map((element) => element.outerHTML.slice(0, 160));
  });
}

/**
 * Texts whose contrast is below WCAG 2.2 AA: 4.5, or 3 from 24 px on or 18.66 px bold. Disabled
 * controls are left out, as there.
 */
export function findLowContrast(page: Page): Promise<Finding[]> {
  return page.evaluate(() => {
    type Colour = [number, number, number, number];
    const parse = (text: string): Colour => {
      const [r = 0, g = 0, b = 0, a = 1] = (text.match(/[\d.]+/g) ?? []).map(Number);
      return [r, g, b, a];
    };
    const over = (top: Colour, under: Colour): Colour => {
      const mix = (i: 0 | 1 | 2) => top[i] * top[3] + under[i] * (1 - top[3]);
      return [mix(0), mix(1), mix(2), 1];
    };
    const backgroundOf = (element: Element | null): Colour => {
      if (!element) return [255, 255, 255, 1];
      const own = parse(getComputedStyle(element).backgroundColor);
      return own[3] === 1 ? own : over(own, backgroundOf(element.parentElement));
    };
    const luminance = ([r, g, b]: Colour) => {
      const linear = (value: number) => {
        const part = value / 255;
        return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
      };
      return 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
    };
    const findings: string[] = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const element = node.parentElement;
      const text = node.textContent?.trim() ?? '';
      if (!element || text === '' || !element.checkVisibility()) continue;
      if (element.closest('[disabled], [aria-disabled=true], fieldset[disabled], svg, style'))
        continue;
      const field = element.closest('.fui-Input, .fui-Select');
      if (field?.querySelector('[disabled]')) continue;
      const style = getComputedStyle(element);
      const background = backgroundOf(element);
      const colour = over(parse(style.color), background);
      const [light, dark] = [luminance(colour), luminance(background)].sort((a, b) => b - a);
      const ratio = ((light ?? 0) + 0.05) / ((dark ?? 0) + 0.05);
      const size = parseFloat(style.fontSize);
      const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
      if (ratio < (large ? 3 : 4.5)) {
        findings.push(
          `${ratio.toFixed(2)} “${text.slice(0, 40)}” ${style.color} on ${background.join(' ')}`,
        );
      }
    }
    return findings;
  });
}

/** Parts that reach out of the window sideways, where nothing scrolls to them. */
export function findClipped(page: Page): Promise<Finding[]> {
  return page.evaluate(() => {
    const scrolls = (element: Element | null): boolean => {
      if (!element || element === document.body) return false;
      const { overflowX } = getComputedStyle(element);
      return overflowX === 'auto' || overflowX === 'scroll' || scrolls(element.parentElement);
    };
    const controls = document.querySelectorAll<HTMLElement>(
      'button, input, select, h1, h2, [role=tab]',
    );
    return [...controls]
      .filter((element) => element.checkVisibility())
      .filter((element) => {
        const { left, right, width } = element.getBoundingClientRect();
        const inGrid = element.closest('[role=grid]') !== null;
        return width > 0 && !(inGrid && scrolls(element)) && (left < 0 || right > innerWidth + 1);
      })
      .map((element) => `${element.tagName} “${(element.textContent ?? '').slice(0, 40)}”`);
  });
}

/** Texts that reach out of what they are in, where nothing cuts them off or scrolls to them. */
export function findOverflowing(page: Page): Promise<Finding[]> {
  return page.evaluate(() => {
    const holds = (element: Element) => {
      const { overflowX } = getComputedStyle(element);
      return overflowX !== 'visible';
    };
    /** The right edge to which something in `element` may reach. */
    const edgeOf = (element: Element | null): number => {
      let right = innerWidth;
      for (let around = element; around; around = around.parentElement) {
        if (!holds(around)) continue;
        const box = around.getBoundingClientRect();
        const { overflowX } = getComputedStyle(around);
        // What is cut off or has an ellipsis is where it should be.
        if (overflowX === 'hidden' || overflowX === 'clip') return Infinity;
        right = Math.min(right, box.right);
        if (around.matches('[role=grid]')) return Infinity;
      }
      return right;
    };
    const findings: string[] = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const element = node.parentElement;
      const text = node.textContent?.trim() ?? '';
      if (!element || text === '' || !element.checkVisibility()) continue;
      const range = document.createRange();
      range.selectNodeContents(node);
      const { right } = range.getBoundingClientRect();
      const edge = edgeOf(element);
      if (right > edge + 1) findings.push(`“${text.slice(0, 30)}” ${right} beyond ${edge}`);
    }
    const scrolling = document.querySelectorAll('main, aside, [role=alertdialog], section');
    for (const element of scrolling) {
      if (element.checkVisibility() && element.scrollWidth > element.clientWidth + 1) {
        findings.push(`${element.tagName} ${element.scrollWidth} in ${element.clientWidth}`);
      }
    }
    return findings;
  });
}
