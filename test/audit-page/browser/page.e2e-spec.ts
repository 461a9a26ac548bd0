import type { Browser, BrowserContext, Locator, Page } from 'playwright-core';
import { useDatabase } from '../../support/database.js';
import { accessibilityProblems, describeInBrowser, openBrowser } from './browser.js';
import { PageHost, type Viewer } from './page-host.js';

/** A folder for pictures of all views, for somebody to look at. */
const pictures = process.env.AUDIT_PAGE_PICTURES;

/** The folder of the documentation's pictures, which these are. */
const documentation = process.env.AUDIT_PAGE_SCREENSHOTS;
const documented: Readonly<Record<string, string>> = {
  'record-wide-light': 'audit-page',
  'record-phone-light': 'audit-page-phone',
  'record-then-wide-dark': 'audit-page-dark',
  'activity-wide-light': 'audit-page-activity',
  'undo-wide-light': 'audit-page-undo',
};

async function takePicture(page: Page, name: string): Promise<void> {
  if (pictures !== undefined) await page.screenshot({ path: `${pictures}/${name}.png` });
  if (documentation !== undefined && name in documented) {
    await page.screenshot({ path: `${documentation}/${documented[name]}.png` });
  }
}

const sizes = { wide: { width: 1280, height: 900 }, phone: { width: 390, height: 844 } };

describeInBrowser('the audit page in a browser', () => {
  const database = useDatabase();
  let host: PageHost;
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  /** Errors of scripts, and violations of the Content-Security-Policy. */
  let complaints: string[];

  beforeAll(async () => {
    host = await PageHost.start(database);
    browser = await openBrowser();
  });

  afterAll(() => browser?.close());

  beforeEach(() => {
    complaints = [];
  });

  afterEach(async () => {
    await context.close();
    expect(complaints).toEqual([]);
  });

  /** Opens a view as somebody, and waits until it is there. */
  async function open(hash: string, viewer: Viewer = 'admin', options = {}): Promise<void> {
    await context?.close();
    context = await browser.newContext({
      viewport: sizes.wide,
      locale: 'en-GB',
      timezoneId: 'UTC',
      reducedMotion: 'reduce',
      ...host.as(viewer),
      ...options,
    });
    page = await context.newPage();
    page.setDefaultTimeout(20_000);
    page.on('pageerror', (error) => complaints.push(String(error)));
    page.on('console', (message) => {
      // Chromium logs a conflict as an error, although it is an expected answer.
      const isAnswer = message.text().startsWith('Failed to load resource');
      if (message.type() === 'error' && !isAnswer) complaints.push(message.text());
    });
    await page.goto(`${host.app.url}/audit${hash}`);
    if (viewer !== 'nobody') await page.getByRole('heading', { level: 1 }).waitFor();
  }

  const openVenue = (viewer?: Viewer) => open(`#/record/venues/${host.venueId}`, viewer);

  /** The text of an element, as one line. */
  const lineOf = async (locator: Locator) => (await locator.innerText()).replace(/\s+/g, ' ');
  const lines = () => page.locator('.entry > summary');
  const field = (label: string) =>
    page.locator('.field-row').filter({ has: page.getByText(label, { exact: true }) });
  const dialog = () => page.getByRole('dialog');
  const button = (name: string | RegExp) => page.getByRole('button', { name });
  const said = (text: string | RegExp) => page.locator('#notice').getByText(text).waitFor();
  const confirm = (name: string | RegExp) => dialog().getByRole('button', { name });
  /** Opens a line and starts its undo. */
  const startUndo = async (line: number) => {
    await lines().nth(line).click();
    await page.locator('.entry[open]').getByRole('button', { name: /^Undo/ }).click();
  };

  it('is accessible and fits the screen, in light and dark, at 1280 and 390 pixels', async () => {
    await host.tellStory();
    const problems: string[] = [];
    for (const size of ['wide', 'phone'] as const) {
      const viewport = sizes[size];
      const look = async (name: string) => {
        const width = await page.evaluate<number>('document.documentElement.scrollWidth');
        if (width > viewport.width) problems.push(`${name} is ${width} px wide`);
        for (const colorScheme of ['light', 'dark'] as const) {
          await page.emulateMedia({ colorScheme });
          problems.push(...(await accessibilityProblems(page)).map((text) => `${name}: ${text}`));
          await takePicture(page, `${name}-${size}-${colorScheme}`);
        }
      };
      const record = `#/record/venues/${host.venueId}`;
      await open('#/find?text=test', 'admin', { viewport });
      await look('find');
      await open(record, 'admin', { viewport });
      await lines().nth(2).click();
      await look('record');
      await lines().nth(2).click();
      await lines().nth(1).click();
      await page.locator('.entry[open]').getByRole('button', { name: /^Show/ }).click();
      await page.locator('.field-row.differs').first().waitFor();
      await look('record-then');
      await open('#/activity', 'staff', { viewport });
      await look('activity');
      await open(record, 'admin', { viewport });
      await startUndo(3);
      await page.locator('.preview-area[aria-busy="false"] .plan').waitFor();
      await look('undo');
      await open('#/group', 'admin', { viewport });
      await page.getByRole('checkbox', { name: 'Venues', exact: true }).check();
      await page.getByRole('button', { name: '5 minutes ago', exact: true }).click();
      await button('Show what would happen').click();
      await page.locator('.group-result > *').first().waitFor();
      await look('group');
    }
    expect(problems).toEqual([]);
  }, 180_000);

  it('is found, opened and undone with the keyboard alone', async () => {
    await host.change({ phoneNumber: '+1-615-555-0199' });
    await host.change({ address: '9 Wrong Road' });
    await open('');
    const press = async (...keys: string[]) => {
      for (const key of keys) await page.keyboard.press(key);
    };
    const focused = () => page.evaluate<string>('document.activeElement.textContent.trim()');

    await press('Tab');
    expect(await focused()).toBe('Skip to the content');
    await press('Enter', 'Tab');
    await page.keyboard.type('wrong road');
    await press('Enter');
    await page.getByRole('heading', { name: 'Records with “wrong road”' }).waitFor();
    const found = page.getByRole('link', { name: /Test Karaoke Bar/ });
    expect(await lineOf(found)).toMatch(
      /Test Karaoke Bar Venue .*Address: 9 Wrong Road changed by Test Customer, just now$/,
    );
    await press('Tab', 'Enter');
    await page.getByRole('heading', { name: 'Test Karaoke Bar', level: 1 }).waitFor();
    await field('Address').getByText('Test Customer, just now').waitFor();

    await press('Tab');
    expect(await lineOf(lines().first())).toMatch(
      /Test Customer changed Address: .*123 Main Street → .*9 Wrong Road just now$/,
    );
    await press('Enter', 'Tab', 'Enter');
    await dialog().getByText('What will happen').waitFor();
    expect(await lineOf(dialog().locator('.differences'))).toBe(
      'Address − before: 9 Wrong Road + after: 123 Main Street',
    );
    await press('Escape');
    await dialog().waitFor({ state: 'hidden' });
    expect(await focused()).toMatch(/^Undo this change…/);
    expect(await host.venue()).toMatchObject({ address: '9 Wrong Road' });

    await press('Enter');
    await confirm('Put back Address').waitFor();
    await press('Tab');
    await page.keyboard.type('a typing error');
    await press('Enter');
    await said('Address of Test Karaoke Bar is put back.');
    expect(await host.venue()).toMatchObject({ address: '123 Main Street' });
    expect(await focused()).toMatch(/Admin User put back Address: .*“a typing error”/s);
    expect(await lineOf(lines().nth(1))).toMatch(/Test Customer changed Address: .* Undone/);
    await field('Address').getByText('Admin User, by an undo, just now').waitFor();

    await page.goBack();
    await page.getByRole('heading', { name: 'Records with “wrong road”' }).waitFor();
  });

  it('shows nine changes on one screen, one line each', async () => {
    for (const number of [1, 2, 3, 4, 5, 6, 7]) await host.change({ address: `${number} Way` });
    await openVenue();
    for (const line of [0, 4, 8]) {
      const box = (await lines().nth(line).boundingBox())!;
      expect(box.height).toBeLessThan(45);
      expect(box.y + box.height).toBeLessThan(600);
    }
  });

  it('shows a record at any time, and puts back one field or all', async () => {
    await host.change({ address: '11 Left Road', city: 'Jackson' });
    await host.change({ address: '12 Right Road', city: 'Knoxville' });
    await openVenue();
    const slider = page.getByRole('slider', { name: 'Move through time' });
    await slider.focus();
    await page.keyboard.press('ArrowLeft');
    await field('Address').getByText('now: 12 Right Road').waitFor();
    expect(await slider.getAttribute('aria-valuetext')).toMatch(
      /, after Test Customer changed Address and City$/,
    );
    expect(await page.locator('li[aria-current]').innerText()).toContain('Shown beside');

    await button('Put back… City').click();
    await confirm('Put back City').click();
    await said('City of Test Karaoke Bar is put back.');
    expect(await host.venue()).toMatchObject({ address: '12 Right Road', city: 'Jackson' });

    await lines().nth(2).click();
    await page
      .locator('.entry[open]')
      .getByRole('button', { name: /^Show the venue/ })
      .click();
    await field('Address').getByText('11 Left Road').waitFor();
    await button('Put the venue back to this time…').click();
    await confirm('Put back Address').click();
    await said('Address of Test Karaoke Bar is put back.');
    expect(await host.venue()).toMatchObject({ address: '11 Left Road', city: 'Jackson' });
  });

  it('undoes chosen fields, and all the same after a conflict', async () => {
    await host.change({
      address: '1 Old Road',
      city: 'Oldtown',
      website: 'https://old.example.com',
    });
    await host.change({
      address: '2 New Road',
      city: 'Newtown',
      website: 'https://new.example.com',
    });
    await openVenue();
    await startUndo(0);
    await confirm('Put back Address, City and Website').waitFor();
    await dialog().getByLabel('City').uncheck();
    await confirm('Put back Address and Website').click();
    await said('Address and Website of Test Karaoke Bar are put back.');
    expect(await host.venue()).toMatchObject({ address: '1 Old Road', city: 'Newtown' });

    await host.change({ city: 'Latertown' });
    await openVenue();
    await startUndo(3);
    await dialog().getByText('1 conflict: nothing was changed.').waitFor();
    await dialog()
      .getByLabel(/^Do it all the same/)
      .check();
    await confirm(/^Put back/).click();
    await said(/ put back\.$/);
    expect((await host.venue()).city).not.toBe('Latertown');
  });

  it('says that it deletes, and brings back what was deleted', async () => {
    await host.write('POST', `/venues/${host.venueId}/branches`, { names: ['The Branch'] });
    await open('#/find?text=The+Branch');
    await page.getByRole('link', { name: /The Branch/ }).click();
    await page.getByRole('heading', { name: 'The Branch', level: 1 }).waitFor();
    await startUndo(0);
    await confirm('Delete this venue').click();
    await said('The Branch is deleted.');
    await button('Bring this venue back…').click();
    await confirm('Bring this venue back').click();
    await said('The Branch is brought back.');
    await field('Name').getByText('The Branch').waitFor();
  });

  it('shows a request as a whole, and every conflict of its undo', async () => {
    const names = Array.from({ length: 42 }, (_, index) => `Branch ${index + 1}`);
    await host.write('POST', `/venues/${host.venueId}/branches`, { names });
    await host.write('POST', '/venues/move', { city: 'Elsewhere' });
    await open('#/activity?table=venues&operation=INSERT');
    const group = page.locator('.entry-group').first();
    expect(await lineOf(group.locator('.group-header'))).toMatch(
      /^Test Customer made 42 changes in one request POST \/venues\/:id\/branches Show only this request Undo this request as a whole… .* just now$/,
    );
    await group.getByRole('link', { name: 'Show only this request' }).click();
    await page.getByRole('heading', { name: 'What one request did' }).waitFor();
    await button('Undo this request as a whole…').first().click();
    await dialog().getByText('42 conflicts: nothing was changed.').waitFor();
    expect(await dialog().locator('li:visible').count()).toBe(5);
    await dialog().getByText('and 37 more').click();
    expect(await dialog().locator('li:visible').count()).toBe(42);
    await dialog()
      .getByLabel(/^Do it all the same/)
      .check();
    await confirm('Delete 42 records').click();
    await said('Done: 42 records are as they were.');
  });

  it('filters the activity, and exports what it shows', async () => {
    await host.change(
      { address: '5 Phone Road', reason: 'asked by phone' },
      { 'x-staff': host.adminId },
    );
    await open('#/activity');
    await page.getByRole('combobox', { name: 'Person' }).fill('admin@');
    await page.getByRole('option', { name: /Admin User/ }).waitFor();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await page.getByLabel('Table').selectOption({ label: '🎤 Venues' });
    await page.getByLabel('Field').selectOption({ label: 'Address' });
    await page.getByLabel('What happened').selectOption({ label: 'Changed' });
    await page.getByLabel('Reason contains').fill('PHONE');
    await page.getByRole('button', { name: 'Show', exact: true }).click();
    await page.getByRole('heading', { name: 'What Admin User did' }).waitFor();
    await page.getByText('1 change', { exact: true }).waitFor();
    expect(await lineOf(lines().first())).toMatch(
      /Admin User \(for Test Customer\) changed Address of Test Karaoke Bar: .*5 Phone Road.* “asked by phone”/,
    );
    const exported = async (name: string) => {
      const href = await page.getByRole('link', { name, exact: true }).getAttribute('href');
      return (await context.request.get(href!)).text();
    };
    expect(await exported('CSV')).toMatch(/sequence,[^]*,5 Phone Road,/);
    expect(JSON.parse(await exported('NDJSON'))).toMatchObject({ reason: 'asked by phone' });
    await lines().first().click();
    await page.getByRole('link', { name: 'Everything around this time' }).click();
    await page.getByRole('heading', { name: 'Activity' }).waitFor();
    expect(await page.getByLabel('From').inputValue()).not.toBe('');
    expect(await lines().count()).toBeGreaterThan(1);
  });

  it('puts a group back to a time, after showing how many records that are', async () => {
    const { updatedAt } = await host.venue();
    await host.write('POST', '/venues/move', { city: 'Nowhere' });
    await open('#/group');
    await page.getByRole('checkbox', { name: 'Venues', exact: true }).check();
    await page.getByLabel('Only where').selectOption({ label: 'Name' });
    await page.getByLabel('is', { exact: true }).fill('Test Karaoke Bar');
    // The field has whole seconds.
    const moment = new Date(Math.ceil(updatedAt.getTime() / 1000) * 1000).toISOString();
    await page.getByLabel('Back to').fill(moment.slice(0, 19));
    await button('Show what would happen').click();
    const row = page.locator('.counts tbody tr');
    await row.waitFor();
    expect(await lineOf(row)).toBe('🎤 Venues 0 1 0');
    expect(await host.venue()).toMatchObject({ city: 'Nowhere' });
    await button('Put back 1 record').click();
    await said('Done: 1 record is as they were.');
    expect(await host.venue()).not.toMatchObject({ city: 'Nowhere' });
  });

  it('shows no undo to those who may only read', async () => {
    await openVenue('reader');
    await lines().first().click();
    await page.getByText('Everything around this time').waitFor();
    await page.getByRole('slider').press('Home');
    await page.locator('.values:not([aria-busy="true"])').waitFor();
    expect(await page.getByRole('button', { name: /undo|put/i }).count()).toBe(0);
    expect(await page.getByRole('link', { name: 'Put a group back' }).count()).toBe(0);
  });

  it('leads those who are not signed in to the sign-in, and back', async () => {
    const hash = `#/record/venues/${host.venueId}?entry=1`;
    await open(hash, 'nobody');
    await page.waitForURL(/\/sign-in/);
    const url = new URL(page.url());
    expect(url.searchParams.get('by')).toBe('cookie');
    expect(url.searchParams.get('return')).toBe(`/audit/${hash}`);
    complaints = [];
  });

  it('says for whom a member of staff acts', async () => {
    await open('', 'staff');
    const banner = page.getByRole('complementary', { name: 'Acting for somebody' });
    expect(await banner.innerText()).toMatch(/^Admin User acts for Test Customer\./);
  });

  it('shows markup in the data as text', async () => {
    const name = '<img src=x onerror="document.title = `run`">';
    await host.change({ name });
    await openVenue();
    await page.getByRole('heading', { name, level: 1 }).waitFor();
    await startUndo(0);
    await dialog().getByText('What will happen').waitFor();
    expect(await page.locator('main img').count()).toBe(0);
    expect(await page.title()).toBe(`${name} – Audit trail`);
    await confirm('Put back Name').click();
    await said(/is put back/);
  });
});
