import { source as axe } from 'axe-core';
import { chromium, type Browser, type Page } from 'playwright-core';
import { isInstalled } from '../../support/programs.js';

/** Debian's Chromium, unless `CHROMIUM` names another. */
const executablePath = process.env.CHROMIUM || '/usr/bin/chromium';

/**
 * A browser that is still being installed does not answer yet. A browser that `CHROMIUM` names must be
 * usable.
 */
const isUsable = Boolean(process.env.CHROMIUM) || isInstalled(executablePath);

/** Describes a suite that opens a page. Without a browser it is skipped with a message. */
export const describeInBrowser = isUsable ? describe : describe.skip;

if (!isUsable) {
  console.warn(
    `There is no ${executablePath}: tests in a browser are skipped. ` +
      'Install it (apt-get install chromium), or set CHROMIUM to the path of another Chromium.',
  );
}

/** Starts a browser that makes no requests of its own. */
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

/** Finds problems of accessibility on a page. */
export async function accessibilityProblems(page: Page): Promise<string[]> {
  // Not by a script element, which the page's Content-Security-Policy would block.
  await page.evaluate(axe);
  const { violations } = await page.evaluate<{
    violations: { id: string; impact: string; nodes: { html: string; failureSummary: string }[] }[];
  }>('axe.run()');
  return violations.flatMap(({ id, impact, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${impact} ${id}: ${html}\n${failureSummary}`),
  );
}
