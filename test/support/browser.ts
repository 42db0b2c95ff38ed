import axe from 'axe-core';
import {
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  chromium,
  type Locator,
  type Page,
} from 'playwright-core';
import { expect } from 'vitest';
import { chromiumArgs, findChromium, howToGetChromium } from '../../lib/local/chromium.ts';

/** Why there is no browser to test with; undefined if there is one. */
export function whyNoBrowser(): string | undefined {
  return findChromium() === undefined ? howToGetChromium : undefined;
}

export interface TestBrowser {
  /** A device of its own: nothing stored, nothing cached. */
  open(options?: BrowserContextOptions): Promise<BrowserContext>;
  /** With a profile on disk, which outlives the browser. */
  openProfile(directory: string, options?: BrowserContextOptions): Promise<BrowserContext>;
  stop(): Promise<void>;
}

export async function startBrowser(): Promise<TestBrowser> {
  const executablePath = findChromium();
  if (executablePath === undefined) throw new Error(whyNoBrowser());
  const browser: Browser = await chromium.launch({ executablePath, headless: true, args: [...chromiumArgs] });
  // A dot that pulses is drawn sixty times a second, by the processor here.
  const defaults = { locale: 'en-US', timezoneId: 'America/New_York', reducedMotion: 'reduce' } as const;
  return {
    open: (options) => browser.newContext({ ...defaults, ...options }),
    openProfile: (directory, options) =>
      chromium.launchPersistentContext(directory, {
        executablePath,
        headless: true,
        args: [...chromiumArgs],
        ...defaults,
        ...options,
      }),
    stop: () => browser.close(),
  };
}

export const phone = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true } as const;
export const narrow = { viewport: { width: 320, height: 640 } } as const;
export const desktop = { viewport: { width: 1280, height: 900 } } as const;

const wcag = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

/** A theme is colours and nothing else: whatever is not about colours is looked at once. */
const themes = [
  { colorScheme: 'light', runOnly: wcag },
  { colorScheme: 'dark', runOnly: { type: 'rule', values: ['color-contrast', 'link-in-text-block'] } },
] as const;

interface AxeResults {
  readonly violations: readonly {
    readonly id: string;
    readonly help: string;
    readonly nodes: readonly { readonly html: string; readonly failureSummary?: string }[];
  }[];
}

/** What axe-core finds, in both themes. The script goes in as the debugger's: the page's policy stays as it is. */
export async function findAccessibilityFaults(page: Page): Promise<string[]> {
  const faults: string[] = [];
  if (!(await page.evaluate(() => 'axe' in globalThis))) await page.evaluate(axe.source);
  for (const { colorScheme, runOnly } of themes) {
    await page.emulateMedia({ colorScheme });
    const results = await page.evaluate<AxeResults>(
      `axe.run(document, ${JSON.stringify({ runOnly, resultTypes: ['violations'] })})`,
    );
    faults.push(
      ...results.violations.flatMap(({ id, help, nodes }) =>
        nodes.map(
          ({ html, failureSummary }) => `${colorScheme}: ${id}: ${help}: ${html} ${failureSummary ?? ''}`,
        ),
      ),
    );
  }
  await page.emulateMedia({ colorScheme: null });
  return faults;
}

/** Targets of less than 44 × 44 px (links within running text left out), and whatever makes the page scroll sideways. */
export async function findLayoutFaults(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const faults: string[] = [];
    const { scrollWidth, clientWidth } = document.documentElement;
    if (scrollWidth > clientWidth) faults.push(`the page is ${scrollWidth} px wide in ${clientWidth} px`);
    const targets =
      'button, input:not([type=hidden]), select, textarea, summary, a[href], [role=button], [role=tab]';
    /** Of the text of the block around it, a link in a sentence is only a part. */
    const isInText = (element: HTMLElement) => {
      if (getComputedStyle(element).display !== 'inline') return false;
      let block = element.parentElement;
      while (block !== null && getComputedStyle(block).display === 'inline') block = block.parentElement;
      return block?.textContent?.trim() !== element.textContent?.trim();
    };
    for (const element of document.querySelectorAll<HTMLElement>(targets)) {
      // One that only the keyboard brings into sight.
      if (element.matches('.skip') || isInText(element)) continue;
      // A hidden radio or checkbox is operated by its label.
      const target = element.closest('label') ?? element;
      const { width, height } = target.getBoundingClientRect();
      if (width === 0 || height === 0) continue;
      if (width < 43.5 || height < 43.5) {
        faults.push(`${Math.round(width)} × ${Math.round(height)} px: ${target.outerHTML.slice(0, 120)}`);
      }
    }
    return faults;
  });
}

/** Whether all of an element is within the window, with nothing scrolled. */
export async function isInSight(element: Locator): Promise<boolean> {
  return element.evaluate((node) => {
    const { top, bottom } = node.getBoundingClientRect();
    return top >= 0 && bottom <= innerHeight;
  });
}

export interface Watch {
  /** Violations of the content security policy, errors of scripts, and requests that left the origin. */
  readonly faults: readonly string[];
}

/** Has to be called before the page is opened. Only these origins may be asked for anything. Errors of requests that a test makes fail are not faults. */
export async function watchPage(page: Page, ...origins: readonly string[]): Promise<Watch> {
  const faults: string[] = [];
  await page.exposeFunction('noteViolation', (text: string) => faults.push(text));
  await page.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI, sourceFile }) => {
      const note = (globalThis as unknown as { noteViolation(text: string): void }).noteViolation;
      note(`policy: ${violatedDirective} ${blockedURI} ${sourceFile}`);
    });
  });
  page.on('pageerror', (error) => faults.push(`error: ${error.stack ?? error.message}`));
  page.on('console', (message) => {
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource')) {
      faults.push(`console: ${message.text()}`);
    }
  });
  page.on('request', (request) => {
    const url = new URL(request.url());
    if (!origins.includes(url.origin) && url.protocol !== 'data:' && url.protocol !== 'blob:') {
      faults.push(`request: ${request.url()}`);
    }
  });
  return { faults };
}

/** All that has to hold for any page, whatever it shows at the moment. */
export async function expectSound(page: Page, watch: Watch): Promise<void> {
  expect(await findAccessibilityFaults(page)).toEqual([]);
  expect(await findLayoutFaults(page)).toEqual([]);
  const size = page.viewportSize();
  await page.setViewportSize(narrow.viewport);
  expect(await findLayoutFaults(page)).toEqual([]);
  if (size !== null) await page.setViewportSize(size);
  expect(watch.faults).toEqual([]);
}
