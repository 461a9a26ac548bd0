import { source as axe } from 'axe-core';
import { chromium, type Browser, type Page } from 'playwright-core';
import { isInstalled } from '../support/programs.js';

/** Debian's, unless `CHROMIUM` names another. */
const executablePath = process.env.CHROMIUM || '/usr/bin/chromium';

/** One that is only being installed does not answer yet. Whoever names one expects it to be used. */
const isUsable = Boolean(process.env.CHROMIUM) || isInstalled(executablePath);

/** A suite that looks at a page; skipped, with a word about it, where there is no browser. */
export const describeInBrowser = isUsable ? describe : describe.skip;

if (!isUsable) {
  console.warn(
    `There is no ${executablePath}: what needs a browser is skipped. ` +
      'Install it (apt-get install chromium), or set CHROMIUM to the path of another Chromium.',
  );
}

/** Starts a browser that speaks to nobody but the pages that it is told to open. */
export function openBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath,
    args: [
      '--headless=new',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}

/** What makes a page hard to use without a mouse, a good eye, or an eye at all. */
export async function accessibilityProblems(page: Page): Promise<string[]> {
  // Not by a script element, which the page's Content-Security-Policy would refuse.
  await page.evaluate(axe);
  const { violations } = await page.evaluate<{
    violations: { id: string; impact: string; nodes: { html: string; failureSummary: string }[] }[];
  }>('axe.run()');
  return violations.flatMap(({ id, impact, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${impact} ${id}: ${html}\n${failureSummary}`),
  );
}
