import { demoAccounts, SeedModule, SeedService } from '@singr/database';
import type { Browser, BrowserContext, Locator, Page } from 'playwright-core';
import { ApiModule } from '../../examples/api/src/api.module.js';
import { useDatabase } from '../support/database.js';
import { createTestApp, type TestApp } from '../support/test-app.js';
import { accessibilityProblems, describeInBrowser, openBrowser } from './audit-browser.js';

/** The path for a screenshot of the page, for the documentation. */
const screenshot = process.env.AUDIT_PAGE_SCREENSHOT;

/** A folder for pictures of what was added. */
const folder = process.env.AUDIT_PAGE_PICTURES;

describeInBrowser('the page /audit', () => {
  const database = useDatabase();
  let app: TestApp;
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  let venueId: string;
  let customerToken: string;
  /** Errors of scripts, and violations of the Content-Security-Policy. */
  let complaints: string[];

  beforeAll(async () => {
    app = await createTestApp(database, { imports: [SeedModule, ApiModule] });
    await app.get(SeedService).run();
    const { email, password } = demoAccounts.customer;
    const session = await app.request('POST', '/sessions', { body: { email, password } });
    customerToken = session.body.token;
    const { body } = await asCustomer('GET', '/venues');
    venueId = body.items[0].id;
    browser = await openBrowser();
  });

  afterAll(() => browser?.close());

  beforeEach(async () => {
    context = await browser.newContext({
      viewport: { width: 1280, height: 900 },
      locale: 'en-GB',
      timezoneId: 'UTC',
      reducedMotion: 'reduce',
    });
    page = await context.newPage();
    complaints = [];
    page.on('pageerror', (error) => complaints.push(String(error)));
    page.on('console', (message) => {
      // Chromium logs a conflict as an error, although it is an expected answer.
      const isAnswer = message.text().startsWith('Failed to load resource');
      if (message.type() === 'error' && !isAnswer) complaints.push(message.text());
    });
  });

  afterEach(async () => {
    await context.close();
    expect(complaints).toEqual([]);
  });

  function asCustomer(method: string, path: string, body?: unknown) {
    const headers = { authorization: `Bearer ${customerToken}` };
    return app.request(method, path, { body, headers });
  }

  const change = (changes: object) => asCustomer('PATCH', `/venues/${venueId}`, changes);

  async function currentAddress(): Promise<string> {
    return (await asCustomer('GET', `/venues/${venueId}`)).body.address;
  }

  async function signIn(who: keyof typeof demoAccounts, hash = ''): Promise<void> {
    await page.goto(`${app.url}/audit${hash}`);
    await page.getByLabel('E-mail address').fill(demoAccounts[who].email);
    await page.getByLabel('Password').fill(demoAccounts[who].password);
    await page.keyboard.press('Enter');
    await page.getByText(demoAccounts[who].name, { exact: true }).waitFor();
  }

  /** Takes pictures of the page on a screen and on a phone, for somebody to look at. */
  async function look(name: string): Promise<void> {
    for (const width of folder === undefined ? [] : [1280, 390]) {
      await page.setViewportSize({ width, height: 900 });
      await page.screenshot({ path: `${folder}/${name}-${width}.png`, fullPage: true });
    }
    await page.setViewportSize({ width: 1280, height: 900 });
  }

  /** The text of an element, as one line. */
  const lineOf = async (locator: Locator) => (await locator.innerText()).replace(/\s+/g, ' ');
  const entry = (number: number) => page.locator('#timeline > li').nth(number);
  const slider = () => page.getByRole('slider', { name: 'Move through time' });
  const stateOf = (label: string) =>
    page.locator('#state .state > div').filter({ has: page.getByText(label, { exact: true }) });
  const dialog = () => page.getByRole('dialog', { name: 'Undo this change?' });

  it('shows who changed an address, and restores it', async () => {
    await change({ phoneNumber: '+1-615-555-0199' });
    await change({ address: '9 Wrong Road' });

    await signIn('admin');
    await page.getByRole('link', { name: /Test Karaoke Bar/ }).click();
    await page.getByRole('heading', { name: 'Test Karaoke Bar' }).waitFor();
    await page.getByText('Last: Test Customer changed Address').waitFor();
    expect(await lineOf(entry(0))).toMatch(
      /^Changed Test Customer changed Address .* customer@example\.com .* Address − before: 123 Main Street \+ after: 9 Wrong Road Route PATCH \/venues\/:id /,
    );
    expect(await lineOf(entry(2))).toContain('seed created the record');

    await slider().focus();
    await page.keyboard.press('ArrowLeft');
    await stateOf('Address').getByText('123 Main Street').waitFor();
    await stateOf('Phone number').getByText('changed then').waitFor();
    expect(await slider().getAttribute('aria-valuetext')).toContain('changed Phone number');
    expect(await entry(1).getAttribute('aria-current')).toBe('true');
    await page.keyboard.press('End');
    await stateOf('Address').getByText('9 Wrong Road').waitFor();

    await entry(0).getByRole('button', { name: 'Undo this change' }).focus();
    await page.keyboard.press('Enter');
    await dialog().getByText('This would happen:').waitFor();
    expect(await lineOf(dialog().locator('.differences'))).toBe(
      'Address − before: 9 Wrong Road + after: 123 Main Street',
    );
    expect(await accessibilityProblems(page)).toEqual([]);
    expect(await currentAddress()).toBe('9 Wrong Road');

    await dialog().getByRole('button', { name: 'Undo this change' }).click();
    await page.getByText('The change is undone.').waitFor();
    expect(await currentAddress()).toBe('123 Main Street');
    expect(await lineOf(entry(0))).toMatch(
      /^Undo Admin User put back Address .* admin@singrkaraoke\.com .* This undid what Test Customer did/,
    );
    expect(await lineOf(entry(1))).toMatch(/^Undone Test Customer changed Address/);
    const focused = await page.evaluate<string>('document.activeElement.id');
    expect(focused).toBe(await entry(0).getAttribute('id'));
    if (screenshot) {
      await slider().focus();
      await page.keyboard.press('ArrowLeft');
      await stateOf('Address').getByText('9 Wrong Road').waitFor();
      await page.screenshot({ path: screenshot });
    }
  });

  it('shows a conflict, and undoes nothing until confirmed again', async () => {
    await change({ address: '10 Right Road' });
    await change({ address: '10 Wrong Road' });
    await change({ address: '10 Other Road' });
    await signIn('admin', `#venues/${venueId}`);
    await entry(1).getByRole('button', { name: 'Undo this change' }).click();
    await dialog().getByText('Conflict: nothing was changed.').waitFor();
    expect(await dialog().innerText()).toContain('Test Customer changed Address');
    const confirm = dialog().getByRole('button', { name: 'Undo this change' });
    expect(await confirm.isDisabled()).toBe(true);

    await dialog().getByLabel('Undo it all the same').check();
    await dialog().getByText('This would happen:').waitFor();
    await confirm.click();
    await page.getByText('The change is undone.').waitFor();
    const { body } = await asCustomer('GET', `/venues/${venueId}`);
    expect(body).toMatchObject({ address: '10 Right Road' });
  });

  it('shows the later changes that are kept', async () => {
    await change({ address: '10 Left Road' });
    await change({ city: 'Memphis' });
    await signIn('admin', `#venues/${venueId}`);
    await entry(1).getByRole('button', { name: 'Undo this change' }).click();
    await dialog().getByText('City stays as it is now.').waitFor();
    await dialog().getByRole('button', { name: 'Undo this change' }).click();
    await page.getByText('The change is undone.').waitFor();
    const { body } = await asCustomer('GET', `/venues/${venueId}`);
    expect(body).toMatchObject({ address: '10 Right Road', city: 'Memphis' });
  });

  it('shows who acts for a customer, why, and who last set each value', async () => {
    await signIn('admin', `#venues/${venueId}`);
    await page.getByText('Act for a customer').click();
    await page.getByLabel('E-mail of the customer').fill(demoAccounts.customer.email);
    await page.getByLabel('Reason', { exact: true }).fill('asked by phone');
    await page.getByRole('button', { name: 'Act for this customer' }).click();
    const banner = page.getByRole('complementary', { name: 'Acting for a customer' });
    await banner
      .getByText(/^Admin User acts for Test Customer until .* Reason: asked by phone$/)
      .waitFor();
    expect(await accessibilityProblems(page)).toEqual([]);
    await look('acting-for-a-customer');
    // What the page’s session does now is done for the customer.
    const token = await page.evaluate<string>(`sessionStorage.getItem('singr-token')`);
    await app.request('PATCH', `/venues/${venueId}`, {
      body: { address: '13 Phone Road' },
      headers: { authorization: `Bearer ${token}` },
    });
    await banner.getByRole('button', { name: 'Stop acting for them' }).click();
    await banner.waitFor({ state: 'hidden' });

    await page.goto(`${app.url}/audit#venues/${venueId}`);
    await page.reload();
    await entry(0).waitFor();
    expect(await lineOf(entry(0))).toMatch(
      /^Changed Admin User \(for Test Customer\) changed Address .* Reason: asked by phone/,
    );
    await page.getByText('Who last set each value').click();
    const blamed = page.locator('#blame-list > div').filter({ hasText: '13 Phone Road' });
    await blamed.waitFor();
    expect(await lineOf(blamed)).toMatch(
      /^Address 13 Phone Road Admin User \(for Test Customer\), .* Reason: asked by phone$/,
    );
    expect(await accessibilityProblems(page)).toEqual([]);
    await look('blame');
  });

  it('restores the whole record to a time', async () => {
    await change({ address: '11 Wrong Road' });
    await change({ address: '12 Wrong Road' });
    await signIn('admin', `#venues/${venueId}`);
    await entry(1).getByRole('button', { name: 'Show the record then' }).click();
    await stateOf('Address').getByText('11 Wrong Road').first().waitFor();
    await page.getByRole('button', { name: 'Put back to this time' }).click();
    await page.getByText('This would happen:').waitFor();
    await page.getByRole('button', { name: 'Put it back' }).click();
    await page.getByText('The record is put back.').waitFor();
    expect(await currentAddress()).toBe('11 Wrong Road');
  });

  it('shows customers their own venue, without undo', async () => {
    await signIn('customer', '#users/someone');
    await page.getByText('You may read the trail of your own venues only.').waitFor();
    await page.getByRole('link', { name: /Test Karaoke Bar/ }).click();
    expect(await page.getByLabel('Table').innerText()).toBe('venues');
    await entry(0).waitFor();
    expect(await page.getByRole('button', { name: /^Undo/ }).count()).toBe(0);
    await slider().focus();
    await page.keyboard.press('Home');
    await stateOf('Address').getByText('123 Main Street').waitFor();
    expect(await page.getByRole('button', { name: /^Put back/ }).count()).toBe(0);
  });

  it('shows markup in the data as text', async () => {
    const name = '<img src=x onerror="document.title = `run`">';
    await change({ name });
    await signIn('admin');
    await page.getByRole('link', { name: '<img src=x' }).click();
    await page.getByRole('heading', { name, level: 2 }).waitFor();
    await stateOf('Name').getByText(name).waitFor();
    await entry(0).getByRole('button', { name: 'Undo this change' }).click();
    await dialog().getByText('This would happen:').waitFor();
    expect(await page.locator('img').count()).toBe(0);
    expect(await page.title()).toBe('Audit trail');
    await change({ name: 'Test Karaoke Bar' });
  });

  it('shows the sign-in form when the session ends', async () => {
    await signIn('admin');
    await page.reload();
    const link = page.getByRole('link', { name: /Test Karaoke Bar/ });
    await link.waitFor();
    await database.query(
      `DELETE FROM sessions USING users WHERE sessions.users_id = users.users_id AND email = $1`,
      [demoAccounts.admin.email],
    );
    await link.click();
    await page.getByText('Your session has ended.').waitFor();

    await page.getByLabel('E-mail address').fill(demoAccounts.admin.email);
    await page.getByLabel('Password').fill('wrong');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByText('The e-mail address or the password is wrong.').waitFor();
  });

  it.each(['light', 'dark'] as const)('is accessible in %s, and fits a phone', async (scheme) => {
    await page.emulateMedia({ colorScheme: scheme });
    await page.goto(`${app.url}/audit`);
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    expect(await accessibilityProblems(page)).toEqual([]);
    await signIn('admin', `#venues/${venueId}`);
    await stateOf('Address').waitFor();
    expect(await accessibilityProblems(page)).toEqual([]);

    await page.setViewportSize({ width: 320, height: 640 });
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(320);
    expect(await accessibilityProblems(page)).toEqual([]);
  });

  it('is served with a policy that lets only its own files run', async () => {
    const { headers } = await app.request('GET', '/audit');
    expect(headers.get('content-security-policy')).toMatch(/^default-src 'self'; /);
    expect((await app.request('GET', '/audit-page/main.js')).status).toBe(200);
    for (const name of ['page-files.ts', '..%2Fpage-files.ts', '..%2F..%2Fmain.ts']) {
      expect((await app.request('GET', `/audit-page/${name}`)).status).toBe(404);
    }
  });
});
